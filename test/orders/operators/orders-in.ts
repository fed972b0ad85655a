import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { inTransaction } from "../../../src/db/transaction.ts";
import { cancelOrders } from "../../../src/orders/cancel-order.ts";
import { closeOrders } from "../../../src/orders/close-orders.ts";
import { versionWhenPlaced } from "../../../src/orders/insert-orders.ts";
import { captured, type Paying, type Placed } from "../../support/paying.ts";
import type { useRefundDesk } from "../../support/refunding.ts";
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
] as const;
export type Standing = (typeof standings)[number];

type Answer<Maker extends () => Promise<unknown>> = Awaited<ReturnType<Maker>>;

/** Makes orders that stand where a test wants them, through the domain's own doors. */
export function ordersAt(desk: Desk) {
  const within = <Result>(work: Parameters<typeof inTransaction<Result>>[1]) =>
    inTransaction(desk.db, work);

  async function cancel(orderId: string, refund: "full" | "none" | null): Promise<void> {
    const about = {
      orderId,
      shopId: desk.shop.id,
      idempotencyKey: randomUUID(),
      actor: "key:test",
    };
    const wish = { ...about, fingerprint: Buffer.from(orderId), refund, isGuest: false };
    await within((trx) => cancelOrders(trx, desk.settings, [wish]));
  }

  /** An order that has no payment yet, and its goods. */
  async function early(make: typeof placed, quantity: number): Promise<Placed> {
    const sku = `sku-${randomUUID().slice(0, 8)}`;
    await stockProduct(desk.db, sku, 3, 500);
    const [orderId = ""] = await make(
      desk.db,
      desk.settings,
      requestOf(desk.shop, [{ sku, quantity }]),
    );
    return { orderId, sku };
  }

  /** Orders are born checked out. A draft is what one was a moment before. */
  async function draft(): Promise<Placed> {
    const order = await early(placed, 2);
    const { orderId } = order;
    await within(async (trx) => {
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

  const makers = {
    draft,
    reserving: () => early(placed, 2),
    rejected: () => early(reserved, 9),
    "awaiting payment": () => desk.payable(),
    async closing(): Promise<Paying> {
      const paying = await desk.payable();
      await cancel(paying.orderId, null);
      return paying;
    },
    async "under review"(): Promise<Paying> {
      const paying = await desk.payable();
      await desk.apply(paying, { ...captured, capturedMinor: 900 });
      return paying;
    },
    async expired(): Promise<Paying> {
      const paying = await desk.payable();
      await pastItsTime(paying);
      await within((trx) => closeOrders(trx, desk.settings, [paying.orderId]));
      await desk.apply(paying, { status: "cancelled" });
      return paying;
    },
    async cancelled(): Promise<Paying> {
      const paying = await makers.closing();
      await desk.apply(paying, { status: "cancelled" });
      return paying;
    },
    paid: () => desk.sold(),
    async "cancelled after payment"(): Promise<Paying> {
      const paying = await desk.sold();
      await cancel(paying.orderId, "full");
      return paying;
    },
  } satisfies Record<Standing, () => Promise<Placed>>;

  async function pastItsTime({ orderId }: Paying): Promise<void> {
    await sql`UPDATE orders SET expires_at = now() - interval '1 second'
      WHERE id = ${orderId}`.execute(desk.db);
  }

  return {
    orderAt: <Where extends Standing>(where: Where): Promise<Answer<(typeof makers)[Where]>> =>
      makers[where]() as Promise<Answer<(typeof makers)[Where]>>,
    pastItsTime,
    cancel,
    /** Somebody else buys all that is left of an order's goods. */
    async sellOut({ sku }: Placed): Promise<void> {
      const { rows } = await sql<{ left: number }>`
        SELECT on_hand - reserved AS left FROM stock WHERE sku = ${sku}`.execute(desk.db);
      const quantity = rows[0]?.left ?? 0;
      await reserved(desk.db, desk.settings, requestOf(desk.shop, [{ sku, quantity }]));
    },
  };
}
