import { uuidv7 } from "uuidv7";
import { uuidOrNull } from "../../payments/inbox.ts";
import { canBecome, type RefundStatus, refundTransitions } from "../../payments/lifecycle.ts";
import type { SeenRefund } from "../../payments/refund.ts";

/** A refund as our books have it. */
export type KnownRefund = {
  id: string;
  status: RefundStatus | null;
  amountMinor: number;
  currency: string;
  reason: string;
  stripeId: string | null;
  observedAt: string | null;
};

/** A payment with its order and its refunds, all locked. */
export type RefundedPayment = {
  paymentId: string;
  orderId: string;
  orderNumber: string;
  capturedMinor: number;
  refunds: KnownRefund[];
};

export type RefundChange = {
  payment: RefundedPayment;
  /** The refund as it will be, its status apart. */
  row: KnownRefund;
  /** Null for one that we did not know. */
  from: RefundStatus | null;
  status: SeenRefund["status"];
  stripeId: string;
  failure: string | null;
  observedAt: string;
};

/** What a look at one refund means: a change to write, or null. */
export function judgeRefund(
  payment: RefundedPayment,
  seen: SeenRefund,
  observedAt: string,
): RefundChange | null {
  const known =
    payment.refunds.find(({ stripeId }) => stripeId === seen.id) ??
    payment.refunds.find((row) => isAwaited(row) && row.id === seen.refundId);
  const { status, id: stripeId, failure } = seen;
  const rest = { payment, status, stripeId, failure, observedAt };
  if (!known) return { ...rest, from: null, row: madeAtStripe(payment, seen) };
  const isOld = known.observedAt !== null && observedAt < known.observedAt;
  const isSame = known.status === status && known.stripeId !== null;
  // One that is still on its way is written all the same: its clock is to be set anew.
  const isSettled = isSame && status !== "pending";
  if (isOld || isSettled || !(isSame || lawful(known.status, status))) return null;
  return { ...rest, from: known.status, row: known };
}

/**
 * A row that Stripe has not given its id. One that we took for failed is over: money that went
 * back all the same, because Stripe had said something else first, is another refund.
 */
function isAwaited({ stripeId, status }: KnownRefund): boolean {
  return stripeId === null && status !== "failed";
}

function lawful(from: RefundStatus | null, to: SeenRefund["status"]): boolean {
  return from === null || canBecome(refundTransitions, from, to);
}

/**
 * Somebody gave money back in Stripe's dashboard: it is booked, and named for what it is. Where it
 * bears our stamp, we made it and have lost the row with a database that was restored: it takes the
 * row's place, so that the same wish again finds it.
 */
function madeAtStripe(payment: RefundedPayment, seen: SeenRefund): KnownRefund {
  const { amountMinor, currency, id: stripeId, refundId } = seen;
  const isLost = refundId !== null && !payment.refunds.some(({ id }) => id === refundId);
  return {
    ...{ id: (isLost && uuidOrNull(refundId)) || uuidv7(), status: null, amountMinor, currency },
    ...{ reason: "made_at_stripe", stripeId, observedAt: null },
  };
}
