import type { Settings } from "../config.ts";
import type { Trx } from "../db/transaction.ts";
import { releaseHolds, sellHolds } from "../inventory/holds.ts";
import { eraseLater, keepPersons } from "../notifications/contacts.ts";
import type { MessageTemplate } from "../notifications/lifecycle.ts";
import { writeMessages } from "../notifications/messages.ts";
import { dropSecrets, openPayments } from "../payments/attempts.ts";
import type { Hint } from "../queues/hint.ts";
import type { MovedOrder } from "./advance.ts";
import { findDueLinks } from "./due-pay-links.ts";
import { refuseEdits } from "./edits/pending-edits.ts";
import { forgetWithoutContact } from "./erase-persons.ts";
import type { OrderEvent } from "./lifecycle.ts";
import { refundMismatches } from "./refunds/refund-mismatches.ts";

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

  async stock_reserved(trx, orders, settings) {
    const starts = await openPayments(trx, orders, settings);
    const linked = await findDueLinks(
      trx,
      orders.filter(({ paysByLink }) => paysByLink),
    );
    return [...starts, ...(await writeMessages(trx, linked, "pay_link", settings))];
  },

  // What it holds it keeps: the reservation changes that to what is wanted now.
  edited: async (trx, orders) => [
    ...(await dropSecrets(trx, idsOf(orders))),
    ...orders.map(reserveHint),
  ],

  async redrafted(trx, orders) {
    await keepPersons(trx, idsOf(orders));
    return [];
  },

  async stock_refused(trx, orders, settings) {
    await eraseLater(trx, idsOf(orders), "unpaid", settings);
    return writeMessages(trx, orders, "order_rejected", settings);
  },

  payment_captured: sell,

  // One that was edited holds goods still.
  async draft_expired(trx, orders, settings, actor) {
    await releaseHolds(trx, idsOf(orders), actor);
    await forgetLater(trx, orders, settings);
    return [];
  },

  hold_expired: (trx, orders, settings, actor) =>
    letGo(trx, orders, settings, actor, "order_expired"),

  cancelled: (trx, orders, settings, actor) =>
    letGo(trx, orders, settings, actor, "order_cancelled"),

  // Its goods were taken anew just before, in the same transaction.
  revived: sell,

  async cancelled_after_payment(trx, orders, settings, actor) {
    await releaseHolds(trx, idsOf(orders), actor);
    await eraseLater(trx, idsOf(orders), "paid", settings);
    return writeMessages(trx, orders, "order_cancelled", settings);
  },

  async shipped(trx, orders, settings) {
    await eraseLater(trx, idsOf(orders), "paid", settings);
    return writeMessages(trx, orders, "order_shipped", settings);
  },

  async completed(trx, orders, settings) {
    await eraseLater(trx, idsOf(orders), "paid", settings);
    return [];
  },

  // Its money is booked, and missing goods were taken, just before in the same transaction.
  paid_by_force: sell,
} satisfies Record<OrderEvent, Effect>;

/**
 * Nobody else can pay it or get its goods: it is the customer's, who is told so. Where money had
 * come before that did not match, that goes back.
 */
async function sell(
  trx: Trx,
  orders: readonly MovedOrder[],
  settings: Settings,
  actor: string,
): Promise<Hint[]> {
  const leftOver = await dropSecrets(trx, idsOf(orders));
  await dropEdits(trx, settings, orders, "paid");
  // Money that did not match raised a flag; who took that down has put it on record.
  const odd = orders.filter(({ attention, wasSettled }) => attention !== null || wasSettled);
  const refunds = odd.length > 0 ? await refundMismatches(trx, settings, odd, actor) : null;
  await sellHolds(trx, idsOf(orders));
  await eraseLater(trx, idsOf(orders), "paid", settings);
  const messages = await writeMessages(trx, orders, "order_paid", settings);
  return [...leftOver, ...(refunds?.hints ?? []), ...messages];
}

/**
 * It is over and unpaid: nobody can pay it any more, and its goods are free again. Money that came
 * and did not match goes back with a mail of its own: no other may say that none came.
 */
async function letGo(
  trx: Trx,
  orders: readonly MovedOrder[],
  settings: Settings,
  actor: string,
  template: MessageTemplate,
): Promise<Hint[]> {
  const leftOver = await dropSecrets(trx, idsOf(orders));
  await dropEdits(trx, settings, orders, "over");
  const refunds = await refundMismatches(trx, settings, orders, actor);
  await releaseHolds(trx, idsOf(orders), actor);
  await forgetLater(trx, orders, settings);
  const unpaid = orders.filter(({ id }) => !refunds.orderIds.has(id));
  const messages = await writeMessages(trx, unpaid, template, settings);
  return [...leftOver, ...refunds.hints, ...messages];
}

/** It ended unpaid: its person is erased in a while, and what was said of nobody known is now. */
async function forgetLater(trx: Trx, orders: readonly MovedOrder[], settings: Settings) {
  await eraseLater(trx, idsOf(orders), "unpaid", settings);
  await forgetWithoutContact(trx, idsOf(orders));
}

/** It is paid, or over: what it was to become comes too late. */
async function dropEdits(
  trx: Trx,
  settings: Settings,
  orders: readonly MovedOrder[],
  because: "paid" | "over",
): Promise<void> {
  const edited = orders.filter(({ closing }) => closing === "edited");
  await refuseEdits(
    trx,
    settings,
    edited.map(({ id: orderId }) => ({ orderId, because })),
  );
}

function idsOf(orders: readonly MovedOrder[]): string[] {
  return orders.map(({ id }) => id);
}

/** Orders are born checked out, so placing one asks for its stock in the same way. */
export function reserveHint(order: Pick<MovedOrder, "id" | "number" | "version">): Hint {
  const { id, number, version } = order;
  return { queue: "reservation", kind: "reserve", id, version, round: 0, order: number };
}
