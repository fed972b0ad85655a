import type Stripe from "stripe";
import type { Decline, Fee, Intent, IntentStatus } from "../payments/intent.ts";
import { stamp } from "./stamp.ts";

/** What an intent is asked with: the charge says how it was paid, its transaction the fee. */
export const intentExpansion = ["latest_charge.balance_transaction"];

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
  const charge = chargeOf(intent);
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
    createdAt: new Date(intent.created * 1_000),
    method: charge?.payment_method_details?.type ?? null,
    fee: charge && feeOf(charge),
    refundedMinor: charge?.amount_refunded ?? 0,
    disputed: charge?.disputed ?? false,
    decline: readDecline(intent.last_payment_error),
  };
}

/** The last charge, where the answer was asked to hold it whole. */
function chargeOf({ latest_charge }: Stripe.PaymentIntent): Stripe.Charge | null {
  return typeof latest_charge === "object" ? latest_charge : null;
}

function feeOf({ balance_transaction }: Stripe.Charge): Fee | null {
  if (typeof balance_transaction !== "object" || balance_transaction === null) return null;
  return { amountMinor: balance_transaction.fee, currency: balance_transaction.currency };
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
