import { randomUUID } from "node:crypto";
import { inTransaction, type Trx } from "../../../src/db/transaction.ts";
import { moveStock } from "../../../src/inventory/movements.ts";
import { contactSafe } from "../../../src/notifications/contacts.ts";
import { orderAgain } from "../../../src/orders/operators/order-again.ts";
import { payByForce } from "../../../src/orders/operators/pay-by-force.ts";
import { reserveOrders } from "../../../src/orders/reserve-orders.ts";
import type { Paying, Placed } from "../../support/paying.ts";
import type { useRefundDesk } from "../../support/refunding.ts";
import { contactKey } from "../../support/shop.ts";
import { ordersAt } from "./orders-in.ts";

type Desk = ReturnType<typeof useRefundDesk>;

export const contacts = contactSafe([contactKey]);

/** An order that has expired and the copy of it, with goods for both. */
export type Twins = { old: Paying; copy: Placed };
export type PayableTwins = { old: Paying; copy: Paying };

/** Places orders again as operators do, and brings the copies on. */
export function copiesAt(desk: Desk) {
  const againWithin = (trx: Trx, { orderId }: Placed, idempotencyKey: string = randomUUID()) =>
    orderAgain(trx, desk.settings, { orderId, contacts, actor: "ops:ann", idempotencyKey });
  const again = (old: Placed, key?: string) =>
    inTransaction(desk.db, (trx) => againWithin(trx, old, key));
  const reserve = (orderId: string) =>
    inTransaction(desk.db, (trx) => reserveOrders(trx, desk.settings, [orderId]));

  async function twins(): Promise<Twins> {
    const old = await ordersAt(desk).orderAt("expired");
    await receive(desk, old.sku);
    const { orderId } = await again(old);
    return { old, copy: { orderId, sku: old.sku } };
  }

  /** The copy's goods are held, and nobody has its secret yet. */
  async function heldTwins(): Promise<PayableTwins> {
    const { old, copy } = await twins();
    await reserve(copy.orderId);
    const { id: paymentId } = await desk.db
      .selectFrom("payments")
      .select("id")
      .where("order_id", "=", copy.orderId)
      .executeTakeFirstOrThrow();
    const id = `pi_${randomUUID().slice(0, 8)}`;
    const intent = { ...old.intent, id, paymentId, orderId: copy.orderId };
    return { old, copy: { ...copy, paymentId, intent } };
  }

  /** The customer looks at the form by which the copy is paid. */
  async function payableTwins(): Promise<PayableTwins> {
    const both = await heldTwins();
    await desk.apply(both.copy, {});
    return both;
  }

  const forceWithin = (trx: Trx, { orderId }: Placed) =>
    payByForce(trx, desk.settings, { orderId, reference: "till 7", note: null, actor: "ops:ann" });

  return {
    ...{ again, againWithin, reserve, forceWithin, twins, heldTwins, payableTwins },
    force: (order: Placed) => inTransaction(desk.db, (trx) => forceWithin(trx, order)),
    /** How an order stands, and why its money goes back. */
    async standing(order: Placed) {
      const { status, closing } = await desk.orderOf(order);
      const refunds = (await desk.refundsOf(order)).map(({ reason }) => reason);
      return { status, closing, refunds };
    },
  };
}

async function receive({ db }: Desk, sku: string): Promise<void> {
  const delivery = {
    sku,
    kind: "receive",
    quantity: 10,
    reason: "delivery",
    actor: "test",
  } as const;
  await inTransaction(db, (trx) => moveStock(trx, [delivery]));
}
