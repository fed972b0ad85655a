/**
 * The lives of money: of a payment, of a refund, of a dispute.
 *
 * These tables alone say which change of status is allowed. The types, the guards, the database's
 * CHECKs and the drawings in docs/payments.md are all held to them.
 */

/**
 * One payment for each PaymentIntent at Stripe. Captured is final, and so are failed and cancelled
 * as long as no money comes. Among the live statuses the later look at Stripe wins, because a
 * failed 3-D Secure lawfully goes back to "needs a payment method".
 */
export const paymentTransitions = {
  opened: { from: [], to: "created" },
  payable: { from: ["created", "action_required", "processing"], to: "pending" },
  action_asked: { from: ["created", "pending", "processing"], to: "action_required" },
  on_its_way: { from: ["created", "pending", "action_required"], to: "processing" },
  // Money that has moved is never denied, whatever we took the payment for.
  captured: {
    from: ["created", "pending", "action_required", "processing", "failed", "cancelled"],
    to: "captured",
  },
  cancelled: { from: ["created", "pending", "action_required", "processing"], to: "cancelled" },
  refused: { from: ["created"], to: "failed" },
} as const satisfies Transitions;
export type PaymentStatus = (typeof paymentTransitions)[keyof typeof paymentTransitions]["to"];

/** Which job the clock (`due_at`) wakes for a payment, or that it rests. */
export const paymentClocks = {
  created: { wakes: "payment/start_payment" },
  pending: { wakes: "status/sync_payment" },
  action_required: { wakes: "status/sync_payment" },
  processing: { wakes: "status/sync_payment" },
  captured: "rests",
  failed: "rests",
  cancelled: "rests",
} as const satisfies Clocks<PaymentStatus>;

/** A refund whose money arrived can still come back: a bank may refuse it days later. */
export const refundTransitions = {
  requested: { from: [], to: "requested" },
  accepted: { from: ["requested"], to: "pending" },
  succeeded: { from: ["requested", "pending"], to: "succeeded" },
  failed: { from: ["requested", "pending", "succeeded"], to: "failed" },
} as const satisfies Transitions;
export type RefundStatus = (typeof refundTransitions)[keyof typeof refundTransitions]["to"];

export const refundClocks = {
  requested: { wakes: "payment/start_refund" },
  pending: { wakes: "status/sync_refund" },
  succeeded: "rests",
  failed: "rests",
} as const satisfies Clocks<RefundStatus>;

/**
 * An inquiry is a bank's question: no money has moved. A verdict is not the last word: a bank may
 * return the money of a lost dispute late, seldom takes back what was won, and may go on with what
 * was closed. The latest look wins.
 */
export const disputeTransitions = {
  asked: { from: ["open"], to: "inquiry" },
  opened: { from: [], to: "open" },
  escalated: { from: ["inquiry", "won", "lost"], to: "open" },
  won: { from: ["inquiry", "open", "lost"], to: "won" },
  lost: { from: ["inquiry", "open", "won"], to: "lost" },
} as const satisfies Transitions;
export type DisputeStatus = (typeof disputeTransitions)[keyof typeof disputeTransitions]["to"];

export const disputeClocks = {
  inquiry: { wakes: "status/sync_dispute" },
  open: { wakes: "status/sync_dispute" },
  won: "rests",
  lost: "rests",
} as const satisfies Clocks<DisputeStatus>;

/** An event in the inbox: one that nobody knows is kept and tried again, then given up. */
export const eventClocks = {
  received: { wakes: "status/apply_event" },
  unmatched: { wakes: "status/apply_event" },
  applied: "rests",
  foreign: "rests",
  ignored: "rests",
  abandoned: "rests",
} as const satisfies Clocks<string>;
export type EventStatus = keyof typeof eventClocks;
/** What an event is about, and so what is to be read at Stripe because of it. */
export type EventTopic = "intent" | "refund" | "dispute";

/** A difference between Stripe's books and ours. */
export const breakClocks = {
  open: { wakes: "payment/settle_break" },
  settled: "rests",
} as const satisfies Clocks<string>;
export type BreakStatus = keyof typeof breakClocks;

/**
 * The accounts of the ledger. `stripe` is what Stripe holds for us; `sales` (negative, as income
 * is) what customers paid; `disputed` what banks took back and may return; `losses` what they
 * kept; `external` what was paid by other means.
 */
export const ledgerAccounts = [
  "stripe",
  "sales",
  "fees",
  "disputed",
  "losses",
  "external",
] as const;
export type LedgerAccount = (typeof ledgerAccounts)[number];

export const paymentStatuses = statusesOf(paymentClocks);
export const refundStatuses = statusesOf(refundClocks);
export const disputeStatuses = statusesOf(disputeClocks);
export const eventStatuses = statusesOf(eventClocks);
export const breakStatuses = statusesOf(breakClocks);

/** At most one payment of an order may stand in one of these: a unique index keeps it so. */
export const liveStatuses = paymentStatuses.filter((status) => paymentClocks[status] !== "rests");
/** Refunds whose money has left us, as far as Stripe has said. */
export const sentRefunds = ["pending", "succeeded"] as const satisfies RefundStatus[];

/** Whether a table knows a way from one status to another. */
export function canBecome(transitions: Transitions, from: string, to: string): boolean {
  return Object.values(transitions).some((way) => way.to === to && way.from.includes(from));
}

type Transitions = Record<string, { from: readonly string[]; to: string }>;
type Clocks<Status extends string> = Record<Status, "rests" | { wakes: `${string}/${string}` }>;

function statusesOf<Status extends string>(clocks: Clocks<Status>): Status[] {
  return Object.keys(clocks) as Status[];
}
