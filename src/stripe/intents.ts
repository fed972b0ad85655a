import type Stripe from "stripe";
import { codeOf } from "../errors.ts";
import type { Decline, Intent } from "../payments/intent.ts";
import type { Ask } from "./ask.ts";
import { pageSize } from "./lists.ts";
import { declineOf, intentExpansion, readIntent } from "./read-intent.ts";

/**
 * Reads one intent as it stands now. The intent names the last decline only, and a customer may be
 * quicker than we are: where there was one, the charges are asked for all of them.
 */
export async function retrieve(stripe: Stripe, ask: Ask, intentId: string): Promise<Intent> {
  const read = () => stripe.paymentIntents.retrieve(intentId, { expand: intentExpansion });
  const intent = answered(await ask("GET /v1/payment_intents/:id", read));
  if (intent.declines.length === 0) return intent;
  return { ...intent, declines: await declinesOf(stripe, ask, intentId) };
}

/** People know a charge's id from their bank statements and from Stripe's mails. */
export async function intentOfCharge(
  stripe: Stripe,
  ask: Ask,
  chargeId: string,
): Promise<string | null> {
  try {
    const { payment_intent: intent } = await ask("GET /v1/charges/:id", () =>
      stripe.charges.retrieve(chargeId),
    );
    return typeof intent === "string" ? intent : (intent?.id ?? null);
  } catch (error) {
    if (codeOf(error) !== "resource_missing") throw error;
    return null;
  }
}

async function declinesOf(stripe: Stripe, ask: Ask, intentId: string): Promise<Decline[]> {
  const list = () => stripe.charges.list({ payment_intent: intentId, limit: pageSize });
  const { data } = await ask("GET /v1/charges", list);
  return data.reverse().flatMap((charge) => declineOf(charge) ?? []);
}

/** An intent with Stripe's number for the answer that it came in. */
export function answered(intent: Stripe.Response<Stripe.PaymentIntent>): Intent {
  const { requestId } = intent.lastResponse;
  return { ...readIntent(intent), ...(requestId && { requestId }) };
}
