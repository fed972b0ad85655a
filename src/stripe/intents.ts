import type Stripe from "stripe";
import type { Intent } from "../payments/intent.ts";
import type { Ask } from "./ask.ts";
import { intentExpansion, readIntent } from "./read-intent.ts";

/** Reads one intent as it stands now. */
export async function retrieve(stripe: Stripe, ask: Ask, intentId: string): Promise<Intent> {
  const read = () => stripe.paymentIntents.retrieve(intentId, { expand: intentExpansion });
  return answered(await ask("GET /v1/payment_intents/:id", read));
}

/** An intent with Stripe's number for the answer that it came in. */
export function answered(intent: Stripe.Response<Stripe.PaymentIntent>): Intent {
  const { requestId } = intent.lastResponse;
  return { ...readIntent(intent), ...(requestId && { requestId }) };
}
