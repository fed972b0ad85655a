import type { Settings } from "../config.ts";
import type { Trx } from "../db/transaction.ts";
import { releaseHolds, sellHolds } from "../inventory/holds.ts";
import { eraseLater } from "../notifications/contacts.ts";
import { writeMessages } from "../notifications/messages.ts";
import { dropSecrets, openPayments } from "../payments/attempts.ts";
import type { Hint } from "../queues/hint.ts";
import type { MovedOrder } from "./advance.ts";
import type { OrderEvent } from "./lifecycle.ts";

type Effect = (
  trx: Trx,
  orders: readonly MovedOrder[],
  settings: Settings,
  actor: string,
) => Promise<Hint[]>;

/**
 * What each event brings about, in the order an order lives through them.
 *
 * An effect changes our own tables, in the one lock order (payments, holds, stock), and names
 * the rows that now wait for somebody; it never calls the outside.
 */
export const journey = {
  placed: async () => [],

  checked_out: async (_trx, orders) => orders.map(reserveHint),

  stock_reserved: (trx, orders, settings) => openPayments(trx, orders, settings),

  async stock_refused(trx, orders, settings) {
    await eraseLater(trx, idsOf(orders), "unpaid", settings);
    return writeMessages(trx, orders, "order_rejected", settings);
  },

  async payment_captured(trx, orders, settings) {
    await dropSecrets(trx, idsOf(orders));
    await sellHolds(trx, idsOf(orders));
    await eraseLater(trx, idsOf(orders), "paid", settings);
    return writeMessages(trx, orders, "order_paid", settings);
  },

  async draft_expired(trx, orders, settings) {
    await eraseLater(trx, idsOf(orders), "unpaid", settings);
    return [];
  },

  async hold_expired(trx, orders, settings, actor) {
    const leftOver = await dropSecrets(trx, idsOf(orders));
    await releaseHolds(trx, idsOf(orders), actor);
    await eraseLater(trx, idsOf(orders), "unpaid", settings);
    return [...leftOver, ...(await writeMessages(trx, orders, "order_expired", settings))];
  },

  async cancelled(trx, orders, settings, actor) {
    const leftOver = await dropSecrets(trx, idsOf(orders));
    await releaseHolds(trx, idsOf(orders), actor);
    await eraseLater(trx, idsOf(orders), "unpaid", settings);
    return [...leftOver, ...(await writeMessages(trx, orders, "order_cancelled", settings))];
  },
  // Its goods were taken anew just before, in the same transaction.
  async revived(trx, orders, settings) {
    await dropSecrets(trx, idsOf(orders));
    await sellHolds(trx, idsOf(orders));
    await eraseLater(trx, idsOf(orders), "paid", settings);
    return writeMessages(trx, orders, "order_paid", settings);
  },

  async cancelled_after_payment(trx, orders, settings, actor) {
    await releaseHolds(trx, idsOf(orders), actor);
    await eraseLater(trx, idsOf(orders), "paid", settings);
    return writeMessages(trx, orders, "order_cancelled", settings);
  },
} satisfies Record<OrderEvent, Effect>;

function idsOf(orders: readonly MovedOrder[]): string[] {
  return orders.map(({ id }) => id);
}

/** Orders are born checked out, so placing one asks for its stock in the same way. */
export function reserveHint(order: Pick<MovedOrder, "id" | "number" | "version">): Hint {
  const { id, number, version } = order;
  return { queue: "reservation", kind: "reserve", id, version, round: 0, order: number };
}
