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
    declines: readDeclines(intent.last_payment_error),
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
function readDeclines(error: Stripe.PaymentIntent.LastPaymentError | null): Decline[] {
  if (!error?.charge) return [];
  const { charge: chargeId, decline_code } = error;
  return [{ chargeId, code: error.code ?? error.type, declineCode: decline_code ?? null }];
}

/** A charge as a decline; null where the bank did not refuse it. */
export function declineOf(charge: Stripe.Charge): Decline | null {
  if (charge.status !== "failed") return null;
  const { code, declineCode } = codesOf(charge);
  return { chargeId: charge.id, code, declineCode };
}

/** A charge tells its decline's code in its outcome, and a general one beside it. */
function codesOf({ failure_code, outcome }: Stripe.Charge): Omit<Decline, "chargeId"> {
  const code = failure_code ?? "card_declined";
  const reason = outcome?.reason ?? null;
  return { code, declineCode: code === "card_declined" ? reason : null };
}
