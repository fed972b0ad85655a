import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { writeMessages } from "../../notifications/messages.ts";
import { book, type Movement } from "../../payments/ledger.ts";
import { sentRefunds } from "../../payments/lifecycle.ts";
import type { RefundsSeen } from "../../payments/refund.ts";
import { type Advanced, together } from "../advance.ts";
import { flag } from "../attention.ts";
import { settleEvents } from "../paying/settle-events.ts";
import { remark } from "../remark.ts";
import { judgeRefund, type KnownRefund, type RefundChange } from "./judge-refund.ts";
import { lockRefunds, saveRefunds } from "./refund-rows.ts";

const actor = "stripe";

/**
 * The one door for what Stripe says about refunds: all that a payment has, as of one moment. What
 * was made in Stripe's dashboard is booked like our own; a refund that failed gives its money back
 * to the books and calls for a person.
 */
export async function applyRefunds(
  trx: Trx,
  settings: Settings,
  seen: readonly RefundsSeen[],
): Promise<{ results: boolean[] } & Advanced> {
  const known = await lockRefunds(
    trx,
    seen.map(({ paymentId }) => paymentId),
  );
  const changes = latest(seen).flatMap((look): RefundChange[] => {
    const payment = known.get(look.paymentId);
    if (!payment) return [];
    return look.refunds.flatMap((refund) => {
      const change = judgeRefund(payment, refund, look.observedAt);
      // A second refund that bears the same stamp is another one: the first has the row.
      if (change) payment.refunds = withChange(payment.refunds, change);
      return change ?? [];
    });
  });
  await saveRefunds(trx, changes);
  await book(trx, changes.flatMap(movementsOf));
  const told = await tell(trx, settings, changes);
  const unsettled = await settleEvents(trx, "refund", seen);
  return { results: seen.map(({ paymentId }) => unsettled.has(paymentId)), ...told };
}

/** Each look is complete, so of several at one payment only the last counts. */
function latest(seen: readonly RefundsSeen[]): RefundsSeen[] {
  const byPayment = Map.groupBy(seen, ({ paymentId }) => paymentId);
  return [...byPayment.values()].flatMap(
    (looks) => looks.toSorted((a, b) => (a.observedAt < b.observedAt ? 1 : -1))[0] ?? [],
  );
}

function withChange(refunds: readonly KnownRefund[], { row, status, stripeId }: RefundChange) {
  const others = refunds.filter(({ id }) => id !== row.id);
  return [...others, { ...row, status, stripeId }];
}

/** Money leaves when Stripe takes the refund, and is back when the refund fails after that. */
function movementsOf({ row, from, status, payment }: RefundChange): Movement[] {
  const { id, amountMinor, currency } = row;
  const { orderId, paymentId } = payment;
  const about = { amountMinor, currency, orderId, paymentId };
  const wasSent = isSent(from);
  if (isSent(status) && !wasSent) {
    return [{ movement: `refund:${id}`, from: "stripe", to: "sales", ...about }];
  }
  if (status !== "failed" || !wasSent) return [];
  return [{ movement: `refund_failed:${id}`, from: "sales", to: "stripe", ...about }];
}

function isSent(status: string | null): boolean {
  return sentRefunds.some((sent) => sent === status);
}

const eventOf = {
  pending: "refund_accepted",
  succeeded: "refund_succeeded",
  failed: "refund_failed",
} as const;

/**
 * Histories, mails and flags. Customers hear of a refund once: when Stripe has taken it, or with
 * the cancellation that it belongs to.
 */
async function tell(
  trx: Trx,
  settings: Settings,
  changes: readonly RefundChange[],
): Promise<Advanced> {
  const steps = changes.filter(({ from, status }) => from !== status);
  const seqs = await remark(
    trx,
    steps.map((change) => ({
      orderId: change.payment.orderId,
      event: eventOf[change.status],
      detail: detailOf(change),
    })),
    actor,
  );
  const failed = steps.filter(({ status }) => status === "failed");
  await flag(
    trx,
    failed.map(({ payment }) => ({ orderId: payment.orderId, code: "refund_failed" })),
    actor,
  );
  const facts = steps.flatMap(({ from, status, payment, row }, index) => {
    const isNews = isSent(status) && !isSent(from) && !toldOtherwise.includes(row.reason);
    const { orderId: id, orderNumber: number } = payment;
    return isNews ? [{ id, number, version: seqs[index] ?? 0 }] : [];
  });
  const hints = await writeMessages(trx, facts, "order_refunded", settings);
  const noted = steps.map(({ payment, row, status }) => ({
    orderId: payment.orderId,
    order: payment.orderNumber,
    event: eventOf[status],
    paymentId: payment.paymentId,
    code: row.reason,
  }));
  return together({ moved: [], hints, noted });
}

/** Reasons of refunds that the mail of a cancellation has told of. */
const toldOtherwise = ["order_cancelled", "lines_cancelled"];

/** Reasons for which we owe the customer an apology. */
const apologies = ["late_money", "second_payment", "amount_mismatch"];

function detailOf({ row, payment, failure }: RefundChange): Record<string, unknown> {
  const { id: refundId, amountMinor, currency, reason } = row;
  const whole = amountMinor === payment.capturedMinor;
  const apology = apologies.includes(reason) ? reason : null;
  const about = { refundId, amountMinor, currency, reason, whole, apology };
  return failure === null ? about : { ...about, failure };
}
