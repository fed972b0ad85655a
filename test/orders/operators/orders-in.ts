import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { inTransaction } from "../../../src/db/transaction.ts";
import { cancelOrders } from "../../../src/orders/cancel-order.ts";
import { closeOrders } from "../../../src/orders/close-orders.ts";
import { versionWhenPlaced } from "../../../src/orders/insert-orders.ts";
import { captured, type Paying, type Placed } from "../../support/paying.ts";
import type { useRefundDesk } from "../../support/refunding.ts";
import { shippingAt } from "../../support/shipping.ts";
import { placed, requestOf, reserved, stockProduct } from "../../support/shop.ts";

type Desk = ReturnType<typeof useRefundDesk>;

/** Where an order can stand when an operator comes to it. */
export const standings = [
  "draft",
  "reserving",
  "rejected",
  "awaiting payment",
  "closing",
  "under review",
  "expired",
  "cancelled",
  "paid",
  "cancelled after payment",
  "fulfilling",
  "completed",
] as const;
export type Standing = (typeof standings)[number];

type Makers = Record<Exclude<Standing, Early>, () => Promise<Paying>> &
  Record<Early, () => Promise<Placed>>;
/** Before an order has its first payment. */
type Early = "draft" | "reserving" | "rejected";

/** Makes orders that stand where a test wants them, through the domain's own doors. */
export function ordersAt(desk: Desk) {
  const shipping = shippingAt(desk);
  const cancel = (orderId: string, refund: "full" | "none" | null) =>
    cancelAs(desk, orderId, refund);
  const makers: Makers = {
    draft: () => draft(desk),
    reserving: () => early(desk, placed, 2),
    rejected: () => early(desk, reserved, 9),
    "awaiting payment": () => desk.payable(),
    async closing() {
      const paying = await desk.payable();
      await cancel(paying.orderId, null);
      return paying;
    },
    async "under review"() {
      const paying = await desk.payable();
      await desk.apply(paying, { ...captured, capturedMinor: 900 });
      return paying;
    },
    async expired() {
      const paying = await desk.payable();
      await pastItsTime(desk, paying);
      await inTransaction(desk.db, (trx) => closeOrders(trx, desk.settings, [paying.orderId]));
      await desk.apply(paying, { status: "cancelled" });
      return paying;
    },
    async cancelled() {
      const paying = await makers.closing();
      await desk.apply(paying, { status: "cancelled" });
      return paying;
    },
    paid: () => desk.sold(),
    async "cancelled after payment"() {
      const paying = await desk.sold();
      await cancel(paying.orderId, "full");
      return paying;
    },
    async fulfilling() {
      const paying = await desk.sold();
      await shipping.ship(paying, 1);
      return paying;
    },
    async completed() {
      const paying = await desk.sold();
      await shipping.ship(paying);
      return paying;
    },
  };
  return {
    orderAt: <Where extends Standing>(where: Where): ReturnType<Makers[Where]> =>
      makers[where]() as ReturnType<Makers[Where]>,
    pastItsTime: (paying: Paying) => pastItsTime(desk, paying),
    cancel,
    sellOut: (order: Placed) => sellOut(desk, order),
  };
}

/** An order that has no payment yet, and its goods. */
async function early(
  { db, settings, shop }: Desk,
  make: typeof placed,
  quantity: number,
): Promise<Placed> {
  const sku = `sku-${randomUUID().slice(0, 8)}`;
  await stockProduct(db, sku, 3, 500);
  const [orderId = ""] = await make(db, settings, requestOf(shop, [{ sku, quantity }]));
  return { orderId, sku };
}

/** Orders are born checked out. A draft is what one was a moment before. */
async function draft(desk: Desk): Promise<Placed> {
  const order = await early(desk, placed, 2);
  const { orderId } = order;
  await inTransaction(desk.db, async (trx) => {
    await sql`ALTER TABLE order_events DISABLE TRIGGER USER`.execute(trx);
    await sql`DELETE FROM order_events WHERE order_id = ${orderId}
      AND seq = ${versionWhenPlaced}`.execute(trx);
    await sql`ALTER TABLE order_events ENABLE TRIGGER USER`.execute(trx);
    await trx
      .updateTable("orders")
      .set({ status: "draft", version: versionWhenPlaced - 1 })
      .where("id", "=", orderId)
      .execute();
  });
  return order;
}

async function cancelAs(
  { db, settings, shop }: Desk,
  orderId: string,
  refund: "full" | "none" | null,
): Promise<void> {
  const about = { orderId, shopId: shop.id, idempotencyKey: randomUUID(), actor: "key:test" };
  const wish = { ...about, fingerprint: Buffer.from(orderId), refund, isGuest: false };
  await inTransaction(db, (trx) => cancelOrders(trx, settings, [wish]));
}

async function pastItsTime({ db }: Desk, { orderId }: Paying): Promise<void> {
  await sql`UPDATE orders SET expires_at = now() - interval '1 second'
    WHERE id = ${orderId}`.execute(db);
}

/** Somebody else buys all that is left of an order's goods. */
async function sellOut({ db, settings, shop }: Desk, { sku }: Placed): Promise<void> {
  const { rows } = await sql<{ left: number }>`
    SELECT on_hand - reserved AS left FROM stock WHERE sku = ${sku}`.execute(db);
  const quantity = rows[0]?.left ?? 0;
  await reserved(db, settings, requestOf(shop, [{ sku, quantity }]));
}
