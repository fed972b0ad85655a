import type { RefundedPayment } from "../../src/orders/refunds/judge-refund.ts";
import type { RefundStart } from "../../src/orders/refunds/start-refunds.ts";
import type { DisputesSeen, SeenDispute } from "../../src/payments/dispute.ts";
import type { NewRefund } from "../../src/payments/gateway.ts";
import { canBecome, disputeTransitions, sentRefunds } from "../../src/payments/lifecycle.ts";
import type { RefundsSeen } from "../../src/payments/refund.ts";
import type { Job } from "./books.ts";
import type { RefundRow, Rules } from "./memory-rows.ts";
import { leaseSeconds, type Tables } from "./memory-tables.ts";

/** How old a key may be before Stripe may have forgotten it. */
export const keySeconds = 23 * 3_600;

type Wish = {
  paymentId: string;
  reason: string;
  intention: string;
  amountMinor: number | null;
  pieces?: number;
};

/** Puts a refund on record before Stripe is asked: once per intention, never more than is left. */
export function requestRefund(tables: Tables, rules: Rules, wish: Wish): { jobs: Job[] } {
  const { paymentId, reason, intention, pieces = 0 } = wish;
  const payment = tables.payments.get(paymentId);
  const all = refundsOf(tables, paymentId);
  if (payment?.status !== "captured") return { jobs: [] };
  if ([...tables.refunds.values()].some((one) => one.intention === intention)) return { jobs: [] };
  const gone = all.filter(({ status }) => status !== "failed").map((one) => one.amountMinor);
  const left = rules.mostToRefund(payment.capturedMinor - gone.reduce((sum, one) => sum + one, 0));
  const amountMinor = wish.amountMinor ?? left;
  if (left <= 0 || amountMinor > left) return { jobs: [] };
  const id = tables.id("refund");
  const { orderId } = payment;
  tables.refunds.set(id, {
    ...{ id, orderId, paymentId, status: "requested", intention, reason, amountMinor, pieces },
    ...{ askedAt: null, tryNumber: 1, stripeId: null, observedAt: null },
    ...{ dueAt: tables.now + leaseSeconds, round: 0, lastError: null },
  });
  tables.remark(orderId, "refund_requested", { reason });
  return { jobs: [{ kind: "start_refund", id }] };
}

function refundsOf(tables: Tables, paymentId: string): RefundRow[] {
  return [...tables.refunds.values()].filter((refund) => refund.paymentId === paymentId);
}

export function claimRefund(tables: Tables, rules: Rules, refundId: string): RefundStart {
  const refund = tables.refunds.get(refundId);
  if (refund?.status !== "requested") return { todo: "nothing", because: "not requested" };
  const { paymentId, orderId, amountMinor, reason, intention } = refund;
  const intentId = tables.payments.get(paymentId)?.intentId;
  if (!intentId) return { todo: "nothing", because: "its payment was made elsewhere" };
  const isOld = refund.askedAt !== null && refund.askedAt < tables.now - keySeconds;
  refund.askedAt ??= tables.now;
  const tryName = rules.keepsKeys ? refund.tryNumber : tables.id("try");
  const key = `aurora-refund-${intention}-${tryName}`;
  const wanted = { key, intentId, amountMinor, reason, refundId, orderId, installation: "ours" };
  return { todo: "create", wanted, paymentId, tryNumber: refund.tryNumber, isOld };
}

export function renewRefund(
  tables: Tables,
  rules: Rules,
  refundId: string,
  tryNumber: number,
): NewRefund | null {
  const refund = tables.refunds.get(refundId);
  if (refund?.status === "requested" && refund.tryNumber === tryNumber) {
    Object.assign(refund, { tryNumber: tryNumber + 1, askedAt: tables.now });
  }
  const start = claimRefund(tables, rules, refundId);
  return start.todo === "create" ? start.wanted : null;
}

export function failRefund(tables: Tables, refundId: string): void {
  const refund = tables.refunds.get(refundId);
  if (refund?.status !== "requested") return;
  Object.assign(refund, { status: "failed", dueAt: null, round: 0 });
  tables.remark(refund.orderId, "refund_failed");
  tables.flag(refund.orderId, "refund_failed");
}

const eventOf = {
  pending: "refund_accepted",
  succeeded: "refund_succeeded",
  failed: "refund_failed",
} as const;

/** The door for what Stripe says of a payment's refunds, with the product's judgement. */
export function applyRefunds(tables: Tables, rules: Rules, look: RefundsSeen): void {
  const payment = tables.payments.get(look.paymentId);
  if (!payment) return;
  for (const seen of look.refunds) {
    const known: RefundedPayment = {
      ...{ paymentId: payment.id, orderId: payment.orderId, orderNumber: "" },
      capturedMinor: payment.capturedMinor,
      refunds: refundsOf(tables, payment.id).map((row) => ({ ...row, currency: "gbp" })),
    };
    const change = rules.judgeRefund(known, seen, look.observedAt);
    if (!change) continue;
    const { row, from, status, stripeId, observedAt } = change;
    const before = tables.refunds.get(row.id);
    const { amountMinor, reason, id } = row;
    tables.refunds.set(id, {
      ...{ id, orderId: payment.orderId, paymentId: payment.id, reason, amountMinor },
      ...{ intention: null, askedAt: null, tryNumber: 1, pieces: 0, ...before },
      ...{ status, stripeId, observedAt, round: 0, lastError: null },
      dueAt: status === "pending" ? tables.now + 3_600 : null,
    });
    bookRefund(tables, id, amountMinor, isSent(from), status);
    if (from !== status) tables.remark(payment.orderId, eventOf[status], { refundId: id });
    if (from !== status && status === "failed") tables.flag(payment.orderId, "refund_failed");
  }
}

function isSent(status: string | null): boolean {
  return sentRefunds.some((sent) => sent === status);
}

/** Money leaves when Stripe takes the refund, and is back when it fails after that. */
function bookRefund(
  tables: Tables,
  id: string,
  amountMinor: number,
  wasSent: boolean,
  status: string,
): void {
  if (isSent(status) && !wasSent) {
    tables.book({ movement: `refund:${id}`, from: "stripe", to: "sales", amountMinor });
  } else if (status === "failed" && wasSent) {
    tables.book({ movement: `refund_failed:${id}`, from: "sales", to: "stripe", amountMinor });
  }
}

const disputeEventOf = {
  inquiry: "dispute_opened",
  open: "dispute_opened",
  won: "dispute_won",
  lost: "dispute_lost",
} as const;

export function isDisputed(tables: Tables, paymentId: string): boolean {
  return [...tables.disputes.values()].some(
    (dispute) => dispute.paymentId === paymentId && dispute.status === "open",
  );
}

/** The door for what Stripe says of a payment's disputes. */
export function applyDisputes(tables: Tables, { paymentId, disputes, observedAt }: DisputesSeen) {
  const orderId = tables.payments.get(paymentId)?.orderId;
  if (!orderId) return;
  for (const seen of disputes) {
    const known = tables.disputes.get(seen.id);
    const isLawful =
      !known ||
      known.status === seen.status ||
      canBecome(disputeTransitions, known.status, seen.status);
    if (!isLawful || (known && observedAt < known.observedAt)) continue;
    const { id, status } = seen;
    const dueAt = status === "open" || status === "inquiry" ? tables.now + 6 * 3_600 : null;
    tables.disputes.set(id, {
      id,
      paymentId,
      status,
      observedAt,
      dueAt,
      round: 0,
      lastError: null,
    });
    bookDispute(tables, seen);
    if (known?.status === status) continue;
    tables.remark(orderId, disputeEventOf[status]);
    if (status !== "won") tables.flag(orderId, disputeEventOf[status]);
  }
}

function bookDispute(tables: Tables, { id, status, moved }: SeenDispute): void {
  for (const { id: moveId, amountMinor, feeMinor } of moved) {
    const movement = `dispute:${moveId}`;
    if (amountMinor > 0) tables.book({ movement, from: "disputed", to: "stripe", amountMinor });
    else tables.book({ movement, from: "stripe", to: "disputed", amountMinor: -amountMinor });
    const fee = { movement: `dispute_fee:${moveId}`, amountMinor: feeMinor };
    tables.book({ ...fee, from: "stripe", to: "fees" });
  }
  const booked = tables.ledger.filter(
    ({ account, movement }) => account === "losses" && movement.split(":")[1] === id,
  );
  const lost = booked.reduce((sum, one) => sum + one.amountMinor, 0);
  const taken = moved.reduce((sum, one) => sum - one.amountMinor, 0);
  const amountMinor = (status === "lost" ? taken : 0) - lost;
  const movement = `dispute_verdict:${id}:${booked.length}`;
  tables.book({ movement, from: "disputed", to: "losses", amountMinor });
}
