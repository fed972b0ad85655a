import { connect, type Db } from "../../src/db/connect.ts";
import { createLog } from "../../src/log.ts";
import { createKey, createShop, findKeyHolder, listShops } from "../../src/orders/shops.ts";
import type { ShopKeys } from "./local-settings.ts";

export const localCurrency = "gbp";
const name = "Local shop";

/** The local shop's keys: those remembered if the database still knows them, else new ones. */
export async function ensureShop(
  databaseUrl: string,
  remembered: ShopKeys | undefined,
  payPage?: string,
): Promise<ShopKeys> {
  const log = createLog("start", { level: "warn", format: "pretty" });
  const db = connect({ DATABASE_URL: databaseUrl, DATABASE_POOL: 2 }, log, {
    name: "aurora start",
  });
  try {
    if (payPage !== undefined) await allowOrigin(db, payPage);
    if (remembered) {
      const { publishableKey, secretKey } = remembered;
      const holders = await Promise.all(
        [publishableKey, secretKey].map((key) => findKeyHolder(db, key)),
      );
      if (holders.every((holder) => holder !== null)) return remembered;
    }
    const shop = await localShop(db);
    const [publishable, secret] = await Promise.all([
      createKey(db, shop.id, "publishable"),
      createKey(db, shop.id, "secret"),
    ]);
    return { publishableKey: publishable.key, secretKey: secret.key };
  } finally {
    await db.destroy();
  }
}

async function localShop(db: Db): Promise<{ id: string; origins: string[] }> {
  const known = (await listShops(db)).find((shop) => shop.name === name);
  return known ?? (await createShop(db, { name, currency: localCurrency, origins: [] }));
}

/** The stand-ins' pay page calls the API from the customer's browser, as a storefront's does. */
async function allowOrigin(db: Db, origin: string): Promise<void> {
  const shop = await localShop(db);
  if (shop.origins.includes(origin)) return;
  const origins = [...shop.origins, origin];
  await db.updateTable("shops").set({ origins }).where("id", "=", shop.id).execute();
}
