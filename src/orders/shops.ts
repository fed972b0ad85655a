import { createHash, randomBytes } from "node:crypto";
import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import { isCurrency } from "../currencies.ts";
import type { Db } from "../db/connect.ts";
import { Refused } from "../errors.ts";

export type Shop = { id: string; name: string; currency: string; origins: string[] };

export type KeyKind = "publishable" | "secret";

/** A key as it may be shown: the key itself was shown once and is kept nowhere. */
export type ApiKey = {
  id: string;
  shopId: string;
  shopName: string;
  kind: KeyKind;
  prefix: string;
  createdAt: Date;
  revokedAt: Date | null;
};

/** How a key looks: its kind, then 32 random bytes in base64url. */
export const apiKeyPattern = /^[ps]k_[A-Za-z0-9_-]{43}$/;

/** Enough of a key to tell it from others, far too little to guess the rest. */
const prefixLength = 9;

export async function createShop(db: Db, wanted: Omit<Shop, "id">): Promise<Shop> {
  const shop = { id: uuidv7(), ...wanted, currency: wanted.currency.toLowerCase() };
  if (shop.name.trim() === "") throw new Refused("bad_shop", "A shop needs a name.");
  if (!isCurrency(shop.currency)) {
    throw new Refused(
      "bad_shop",
      `Stripe charges nothing in "${wanted.currency}". Use a currency's code, such as gbp.`,
    );
  }
  for (const origin of shop.origins) {
    if (URL.canParse(origin) && new URL(origin).origin === origin) continue;
    throw new Refused("bad_shop", `"${origin}" is no origin. Write it as https://shop.example.`);
  }
  await db.insertInto("shops").values(shop).execute();
  return shop;
}

export async function listShops(db: Db): Promise<Shop[]> {
  return db
    .selectFrom("shops")
    .select(["id", "name", "currency", "origins"])
    .orderBy("created_at")
    .execute();
}

/** The currencies that the chain's shops sell in: a price in any other can't be bought. */
export async function shopCurrencies(db: Db): Promise<string[]> {
  const { rows } = await sql<{ currency: string }>`
    SELECT DISTINCT currency FROM shops ORDER BY currency`.execute(db);
  return rows.map(({ currency }) => currency);
}

/** Makes a key for a shop. The answer is the only time that the key itself is seen. */
export async function createKey(
  db: Db,
  shopId: string,
  kind: KeyKind,
): Promise<{ key: string; id: string; prefix: string }> {
  const key = `${kind === "secret" ? "sk" : "pk"}_${randomBytes(32).toString("base64url")}`;
  const id = uuidv7();
  const prefix = key.slice(0, prefixLength);
  await db
    .insertInto("api_keys")
    .values({ id, shop_id: shopId, kind, hash: hashOf(key), prefix })
    .execute();
  return { key, id, prefix };
}

export async function listKeys(db: Db): Promise<ApiKey[]> {
  const { rows } = await sql<ApiKey>`
    SELECT k.id, shop_id AS "shopId", shops.name AS "shopName", kind, prefix,
      k.created_at AS "createdAt", revoked_at AS "revokedAt"
    FROM api_keys AS k JOIN shops ON shops.id = shop_id
    ORDER BY k.created_at, k.id`.execute(db);
  return rows;
}

/** Revokes a key by its id, or by its prefix where only one bears it. Twice is as good as once. */
export async function revokeKey(db: Db, name: string): Promise<ApiKey> {
  const found = (await listKeys(db)).filter(({ id, prefix }) => id === name || prefix === name);
  const [key] = found;
  if (!key) throw new Refused("unknown_key", `There is no key "${name}". List them first.`);
  if (found.length > 1) {
    throw new Refused("ambiguous_key", `Several keys begin with "${name}". Give the key's id.`);
  }
  await sql`
    UPDATE api_keys SET revoked_at = now() WHERE id = ${key.id} AND revoked_at IS NULL`.execute(db);
  return { ...key, revokedAt: key.revokedAt ?? new Date() };
}

/** Whose key this is, or null when nobody's: unknown and revoked look the same. */
export async function findKeyHolder(
  db: Db,
  key: string,
): Promise<{ shop: Shop; kind: KeyKind; prefix: string } | null> {
  const { rows } = await sql<Shop & { kind: KeyKind; prefix: string }>`
    SELECT shops.id, name, currency, origins, kind, prefix
    FROM api_keys JOIN shops ON shops.id = shop_id
    WHERE hash = ${hashOf(key)} AND revoked_at IS NULL`.execute(db);
  const [row] = rows;
  if (!row) return null;
  const { kind, prefix, ...shop } = row;
  return { shop, kind, prefix };
}

export async function findShop(db: Db, id: string): Promise<Shop | null> {
  const shop = await db
    .selectFrom("shops")
    .select(["id", "name", "currency", "origins"])
    .where("id", "=", id)
    .executeTakeFirst();
  return shop ?? null;
}

/** Whether any shop lets pages of this origin call the API. */
export async function isKnownOrigin(db: Db, origin: string): Promise<boolean> {
  const { rows } = await sql`SELECT FROM shops WHERE ${origin} = ANY(origins) LIMIT 1`.execute(db);
  return rows.length > 0;
}

function hashOf(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
