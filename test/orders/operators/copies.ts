import { randomUUID } from "node:crypto";
import { inTransaction, type Trx } from "../../../src/db/transaction.ts";
import { moveStock } from "../../../src/inventory/movements.ts";
import { contactSafe } from "../../../src/notifications/contacts.ts";
import { orderAgain } from "../../../src/orders/operators/order-again.ts";
import { payByForce } from "../../../src/orders/operators/pay-by-force.ts";
import { reserveOrders } from "../../../src/orders/reserve-orders.ts";
import type { Intent } from "../../../src/payments/intent.ts";
import type { Paying, Placed } from "../../support/paying.ts";
import type { useRefundDesk } from "../../support/refunding.ts";
import { contactKey } from "../../support/shop.ts";
import { guestAt } from "../edits/guest.ts";
import { ordersAt } from "./orders-in.ts";

type Desk = ReturnType<typeof useRefundDesk>;

export const contacts = contactSafe([contactKey]);

/** An order that is over and the copy of it, with goods for both. */
export type Twins = { old: Paying; copy: Placed };
export type PayableTwins = { old: Paying; copy: Paying };

/** Places orders again as operators do, and brings the copies on. */
export function copiesAt(desk: Desk) {
  const { againWithin, again, reserve, hold } = stepsAt(desk);

  async function twins(): Promise<Twins> {
    const old = await ordersAt(desk).orderAt("expired");
    await receive(desk, old.sku);
    const { orderId } = await again(old);
    return { old, copy: { orderId, sku: old.sku } };
  }

  /** The copy's goods are held, and nobody has its secret yet. */
  async function heldTwins(): Promise<PayableTwins> {
    const { old, copy } = await twins();
    return { old, copy: await hold(copy, old.intent) };
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
    ...backToLifeAt(desk),
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

/** What brings a copy on, step by step. */
function stepsAt(desk: Desk) {
  const againWithin = (trx: Trx, { orderId }: Placed, idempotencyKey: string = randomUUID()) =>
    orderAgain(trx, desk.settings, { orderId, contacts, actor: "ops:ann", idempotencyKey });
  const again = (old: Placed, key?: string) =>
    inTransaction(desk.db, (trx) => againWithin(trx, old, key));
  const reserve = (orderId: string) =>
    inTransaction(desk.db, (trx) => reserveOrders(trx, desk.settings, [orderId]));

  /** Holds an order's goods, and makes the intent that Stripe would have made for it. */
  async function hold(order: Placed, like: Intent): Promise<Paying> {
    const { orderId } = order;
    await reserve(orderId);
    const { id: paymentId } = await desk.db
      .selectFrom("payments")
      .select("id")
      .where("order_id", "=", orderId)
      .executeTakeFirstOrThrow();
    const id = `pi_${randomUUID().slice(0, 8)}`;
    return { ...order, paymentId, intent: { ...like, id, paymentId, orderId } };
  }

  return { again, againWithin, reserve, hold };
}

/** Orders that are edited after they were rejected, with goods for both of the twins. */
function backToLifeAt(desk: Desk) {
  const guest = guestAt(desk);
  const { again, reserve, hold } = stepsAt(desk);
  const { orderAt, cancel } = ordersAt(desk);

  /** Of two pieces instead of the nine that were too many, and the customer looks at its form. */
  async function bringBack(rejected: Placed): Promise<Paying> {
    await guest.edit(rejected, 2);
    await guest.checkOut(rejected);
    const paying = await hold(rejected, (await desk.payable()).intent);
    await desk.apply(paying, {});
    return paying;
  }

  /** An order that was rejected, and its copy, which the customer can pay. */
  async function rejectedTwins(): Promise<{ old: Placed; copy: Paying }> {
    const old = await orderAt("rejected");
    const { orderId } = await again(old);
    await reserve(orderId);
    const copy = await bringBack({ orderId, sku: old.sku });
    await receive(desk, old.sku);
    return { old, copy };
  }

  /** The copy was cancelled unpaid, and its original came back to life: it can be paid. */
  async function broughtBackTwins(): Promise<PayableTwins> {
    const { old, copy } = await rejectedTwins();
    await cancel(copy.orderId, null);
    await desk.apply(copy, { status: "cancelled" });
    return { old: await bringBack(old), copy };
  }

  return { rejectedTwins, broughtBackTwins };
}
