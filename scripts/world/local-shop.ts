import { connect } from "../../src/db/connect.ts";
import { createLog } from "../../src/log.ts";
import { createKey, createShop, findKeyHolder, listShops } from "../../src/orders/shops.ts";
import type { ShopKeys } from "./local-settings.ts";

export const localCurrency = "gbp";

/** The local shop's keys: those remembered if the database still knows them, else new ones. */
export async function ensureShop(
  databaseUrl: string,
  remembered: ShopKeys | undefined,
): Promise<ShopKeys> {
  const log = createLog("start", { level: "warn", format: "pretty" });
  const db = connect({ DATABASE_URL: databaseUrl, DATABASE_POOL: 2 }, log, {
    name: "aurora start",
  });
  try {
    if (remembered) {
      const { publishableKey, secretKey } = remembered;
      const holders = await Promise.all(
        [publishableKey, secretKey].map((key) => findKeyHolder(db, key)),
      );
      if (holders.every((holder) => holder !== null)) return remembered;
    }
    const name = "Local shop";
    const shop =
      (await listShops(db)).find((known) => known.name === name) ??
      (await createShop(db, { name, currency: localCurrency, origins: [] }));
    const [publishable, secret] = await Promise.all([
      createKey(db, shop.id, "publishable"),
      createKey(db, shop.id, "secret"),
    ]);
    return { publishableKey: publishable.key, secretKey: secret.key };
  } finally {
    await db.destroy();
  }
}
