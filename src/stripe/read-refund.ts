import type Stripe from "stripe";
import type { SeenRefund } from "../payments/refund.ts";
import { idOf, stamp } from "./stamp.ts";

/** Stripe's Refund in our words. One that was cancelled gives nothing back, as one that failed. */
export function readRefund(refund: Stripe.Refund): SeenRefund {
  return {
    id: refund.id,
    status: statusOf(refund.status),
    amountMinor: refund.amount,
    currency: refund.currency,
    intentId: idOf(refund.payment_intent),
    refundId: refund.metadata?.[stamp.refund] ?? null,
    installation: refund.metadata?.[stamp.installation] ?? null,
    failure: failureOf(refund),
    createdAt: new Date(refund.created * 1_000),
  };
}

function statusOf(status: string | null): SeenRefund["status"] {
  if (status === "succeeded") return "succeeded";
  return status === "failed" || status === "canceled" ? "failed" : "pending";
}

function failureOf({ status, failure_reason }: Stripe.Refund): string | null {
  if (status === "canceled") return failure_reason ?? "canceled";
  return status === "failed" ? (failure_reason ?? "unknown") : null;
}
