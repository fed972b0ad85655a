/**
 * The life of one payment: one row for each PaymentIntent at Stripe.
 *
 * Captured, failed and cancelled are final. Among the live states the later observation of
 * Stripe wins, because a failed 3-D Secure lawfully goes back to "needs a payment method".
 */
export const paymentStatuses = [
  "created",
  "pending",
  "action_required",
  "processing",
  "captured",
  "failed",
  "cancelled",
] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

/** Which job the clock (`due_at`) wakes for a payment, or that it rests. */
export const paymentClocks = {
  created: { wakes: "payment/start_payment" },
  pending: { wakes: "status/sync_payment" },
  action_required: { wakes: "status/sync_payment" },
  processing: { wakes: "status/sync_payment" },
  captured: "rests",
  failed: "rests",
  cancelled: "rests",
} as const satisfies Record<PaymentStatus, "rests" | { wakes: `${string}/${string}` }>;

/** At most one payment of an order may stand in one of these: a unique index keeps it so. */
export const liveStatuses = paymentStatuses.filter((status) => paymentClocks[status] !== "rests");
