import type Stripe from "stripe";
import type { Decline, Intent, IntentStatus } from "../payments/intent.ts";

/** The names under which our stamp stands in the metadata of what we make at Stripe. */
export const stamp = {
  order: "order_id",
  payment: "payment_id",
  installation: "aurora_installation",
} as const;

const statusOf: Record<Stripe.PaymentIntent.Status, IntentStatus> = {
  requires_payment_method: "needs_payment",
  requires_confirmation: "needs_payment",
  requires_action: "needs_action",
  processing: "processing",
  // Never asked for: capture is automatic. An authorisation is money on its way.
  requires_capture: "processing",
  canceled: "cancelled",
  succeeded: "captured",
};

/** Stripe's PaymentIntent in our words. */
export function readIntent(intent: Stripe.PaymentIntent): Intent {
  return {
    id: intent.id,
    status: statusOf[intent.status] ?? "processing",
    amountMinor: intent.amount,
    currency: intent.currency,
    capturedMinor: intent.amount_received,
    livemode: intent.livemode,
    clientSecret: intent.client_secret,
    orderId: intent.metadata[stamp.order] ?? null,
    paymentId: intent.metadata[stamp.payment] ?? null,
    installation: intent.metadata[stamp.installation] ?? null,
    decline: readDecline(intent.last_payment_error),
  };
}

/** The last decline, named by its charge. A failed 3-D Secure made no charge: it is no decline. */
function readDecline(error: Stripe.PaymentIntent.LastPaymentError | null): Decline | null {
  if (!error?.charge) return null;
  return {
    chargeId: error.charge,
    code: error.code ?? error.type,
    declineCode: error.decline_code ?? null,
  };
}
