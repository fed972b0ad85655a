/**
 * The life of an order, in the order it happens.
 *
 * These tables alone say which change of status is allowed. The types, the SQL guard, the
 * database's CHECKs and the drawing in docs/order-lifecycle.md are all held to them.
 */
export const transitions = {
  placed: { from: [], to: "draft" },
  checked_out: { from: ["draft"], to: "reserving" },
  stock_reserved: { from: ["reserving"], to: "awaiting_payment" },
  stock_refused: { from: ["reserving"], to: "rejected" },
  // Its payment is cancelled at Stripe, and its goods are held anew: the wanted ones.
  edited: { from: ["awaiting_payment"], to: "reserving" },
  // An edit brings it back to life: it is checked out again.
  redrafted: { from: ["rejected"], to: "draft" },
  payment_captured: { from: ["awaiting_payment"], to: "paid" },
  draft_expired: { from: ["draft", "reserving"], to: "expired" },
  hold_expired: { from: ["awaiting_payment"], to: "expired" },
  cancelled: { from: ["draft", "reserving", "rejected", "awaiting_payment"], to: "cancelled" },
  revived: { from: ["expired", "cancelled"], to: "paid" },
  cancelled_after_payment: { from: ["paid"], to: "cancelled" },
  // One parcel, of one or more: what was sold leaves the house.
  shipped: { from: ["paid", "fulfilling"], to: "fulfilling" },
  // Every line is shipped, or was cancelled.
  completed: { from: ["fulfilling"], to: "completed" },
  // Paid by other means than Stripe: an admin says so, and where the money is to be found.
  paid_by_force: {
    from: ["draft", "reserving", "rejected", "awaiting_payment", "expired", "cancelled"],
    to: "paid",
  },
} as const satisfies Record<string, { from: readonly string[]; to: string }>;

export type OrderEvent = keyof typeof transitions;
export type OrderStatus = (typeof transitions)[OrderEvent]["to"];

/** What happens to an order without moving it: it stands in its history all the same. */
export const remarks = [
  "payment_started",
  "payment_action_required",
  "payment_action_failed",
  "payment_processing",
  "payment_declined",
  "payment_reopened",
  "refund_requested",
  "refund_accepted",
  "refund_succeeded",
  "refund_failed",
  "dispute_opened",
  "dispute_won",
  "dispute_lost",
  "draft_edited",
  "contact_changed",
  "edit_refused",
  "lines_cancelled",
  "returned",
  "closing",
  "attention",
  "settled",
  "hold_extended",
  "pay_link_sent",
  "message_resent",
  "ordered_again",
  "operator_acted",
] as const;
export type OrderRemark = (typeof remarks)[number];

/** How an unpaid order ends. */
export const endings = ["expired", "cancelled"] as const;
export type Ending = (typeof endings)[number];

/**
 * Why the door to an order's payment is being shut. Only an order awaiting payment has one.
 * `edited` gives way to the others, never back.
 */
export const closings = [...endings, "edited"] as const;
export type Closing = (typeof closings)[number];

/**
 * Where an order may stand still. A status either rests, or names the job that the clock
 * (`due_at`) wakes when nobody else has moved the order on. It is not the clock that decides
 * whether money came: `close_order` asks Stripe. Only an order whose stock was held for
 * HOLD_MAX_MINUTES ends without an answer: money that comes later revives it, or goes back.
 */
export const clocks = {
  draft: { wakes: "reservation/end_draft" },
  reserving: { wakes: "reservation/reserve" },
  awaiting_payment: { wakes: "payment/close_order" },
  paid: "rests",
  fulfilling: "rests",
  completed: "rests",
  rejected: "rests",
  expired: "rests",
  cancelled: "rests",
} as const satisfies Record<OrderStatus, "rests" | { wakes: `${string}/${string}` }>;

export const orderEvents = Object.keys(transitions) as OrderEvent[];
export const orderStatuses = Object.keys(clocks) as OrderStatus[];

/** The statuses in which an order waits, so that its `due_at` must be set. */
export const waitingStatuses = orderStatuses.filter((status) => clocks[status] !== "rests");

/** The statuses of orders whose money is taken and whose goods are the customer's. */
export const soldStatuses: readonly OrderStatus[] = ["paid", "fulfilling", "completed"];

/** One row of the table, widened for code that walks it. */
export function transition(event: OrderEvent): { from: readonly OrderStatus[]; to: OrderStatus } {
  return transitions[event];
}
