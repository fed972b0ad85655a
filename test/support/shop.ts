import { randomBytes, randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Settings } from "../../src/config.ts";
import type { Db } from "../../src/db/connect.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { contactSafe } from "../../src/notifications/contacts.ts";
import { type OrderRequest, type Placement, placeOrders } from "../../src/orders/place-order.ts";
import { reserveOrders } from "../../src/orders/reserve-orders.ts";

export const contactKey = { id: "k1", key: randomBytes(32).toString("base64") };
const safe = contactSafe([contactKey]);

export type TestShop = { id: string; currency: string };

export async function openShop(db: Db, currency = "gbp"): Promise<TestShop> {
  const id = randomUUID();
  await db.insertInto("shops").values({ id, name: "Test shop", currency }).execute();
  return { id, currency };
}

/** Puts a product on sale and its stock on the shelf, through the ledger. */
export async function stockProduct(
  db: Db,
  sku: string,
  onHand: number,
  priceMinor = 250,
): Promise<void> {
  await sql`
    WITH product AS (
      INSERT INTO products (sku, written_sku, name, price_minor, currency)
      VALUES (lower(${sku}), ${sku}, ${`Product ${sku}`}, ${priceMinor}, 'gbp') RETURNING sku
    ), shelf AS (
      INSERT INTO stock (sku, on_hand) SELECT sku, ${onHand} FROM product RETURNING sku
    )
    INSERT INTO stock_movements (sku, location, kind, on_hand_delta, reason, actor)
    SELECT sku, 'main', 'receive', ${onHand}, 'opening stock', 'test' FROM shelf
    WHERE ${onHand} > 0`.execute(db);
}

/** A request as the API hands it on. */
export function requestOf(
  shop: TestShop,
  lines: readonly { sku: string; quantity: number }[],
  changes: Partial<OrderRequest> = {},
): OrderRequest {
  return {
    shop,
    idempotencyKey: randomUUID(),
    fingerprint: Buffer.from("the same request"),
    lines,
    adjustments: [],
    contact: safe.seal({
      email: "buyer@shop.example",
      phone: "+447700900123",
      name: "A Buyer",
      address: null,
    }),
    locale: "en",
    customerRef: null,
    checkout: true,
    actor: "key:test",
    ...changes,
  };
}

export async function place(
  db: Db,
  settings: Settings,
  ...requests: readonly OrderRequest[]
): Promise<Placement[]> {
  return (await inTransaction(db, (trx) => placeOrders(trx, settings, requests))).placements;
}

/** Places orders and answers their ids; a refusal fails the test. */
export async function placed(
  db: Db,
  settings: Settings,
  ...requests: readonly OrderRequest[]
): Promise<string[]> {
  return (await place(db, settings, ...requests)).map((placement) => {
    if (placement.outcome === "placed") return placement.order.id;
    throw placement.outcome === "refused" ? placement.error : new Error("It was a replay.");
  });
}

/** Places orders and reserves their stock: they await payment, or were rejected. */
export async function reserved(
  db: Db,
  settings: Settings,
  ...requests: readonly OrderRequest[]
): Promise<string[]> {
  const ids = await placed(db, settings, ...requests);
  await inTransaction(db, (trx) => reserveOrders(trx, settings, ids));
  return ids;
}

export async function statusOf(db: Db, id: string): Promise<string> {
  const { status } = await db
    .selectFrom("orders")
    .select("status")
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return status;
}

export async function stockOf(db: Db, sku: string): Promise<{ on_hand: number; reserved: number }> {
  return await db
    .selectFrom("stock")
    .select(["on_hand", "reserved"])
    .where("sku", "=", sku.toLowerCase())
    .executeTakeFirstOrThrow();
}
