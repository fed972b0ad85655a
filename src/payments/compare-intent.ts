import type { Intent, IntentStatus } from "./intent.ts";
import type { PaymentStatus } from "./lifecycle.ts";

/** As much of a payment as is compared with its intent. */
export type Booked = {
  status: PaymentStatus | null;
  capturedMinor: number;
  refundedMinor: number;
  disputed: boolean;
};

/** In which respects an intent and our payment differ; none means that they agree. */
export type Difference = "payment" | "refunds" | "disputes";

/**
 * What the books are compared by. Which of the open statuses an intent stands in changes while a
 * customer pays, and the payment's own clock follows it: here they are one.
 */
const stageOf: Record<PaymentStatus | IntentStatus, string> = {
  created: "open",
  pending: "open",
  action_required: "open",
  needs_payment: "open",
  needs_action: "open",
  processing: "processing",
  captured: "captured",
  cancelled: "ended",
  failed: "ended",
};

export function differencesOf(intent: Intent, booked: Booked): Difference[] {
  const found: Difference[] = [];
  const stage = booked.status === null ? "unknown" : stageOf[booked.status];
  const captured = intent.status === "captured" ? intent.capturedMinor : 0;
  if (stage !== stageOf[intent.status] || booked.capturedMinor !== captured) found.push("payment");
  if (booked.refundedMinor !== intent.refundedMinor) found.push("refunds");
  // Some disputes are inquiries, of which the charge says nothing.
  if (intent.disputed && !booked.disputed) found.push("disputes");
  return found;
}

/** Whether an intent that we don't know needs nothing: no money in it, and none can come. */
export function isSpent({ status, capturedMinor, refundedMinor }: Intent): boolean {
  if (status === "captured") return refundedMinor >= capturedMinor;
  return status === "cancelled";
}

/** What a break's row says of an intent: no secret, no person. */
export function factsOf(intent: Intent): object {
  const { status, capturedMinor, currency, refundedMinor, disputed, orderId, paymentId } = intent;
  return { status, capturedMinor, currency, refundedMinor, disputed, orderId, paymentId };
}
