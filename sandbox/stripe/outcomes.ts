import { type Decline, genericDecline, paymentMethodOf, type TestCard } from "./cards.ts";
import { openDispute } from "./disputes.ts";
import { emit } from "./events.ts";
import type { Charge, Intent, PaymentError } from "./objects.ts";
import { docUrl, Verdict } from "./problems.ts";
import type { Cause, StripeWorld } from "./world.ts";

/** The money is here; a card that is made to be disputed is disputed right after. */
export function succeeded(
  world: StripeWorld,
  cause: Cause,
  intent: Intent,
  charge: Charge,
  card: TestCard,
): Intent {
  const paid = change(world, intent, {
    status: "succeeded",
    amount_received: charge.amount,
    latest_charge: charge.id,
    next_action: null,
  });
  emit(world, cause, "charge.succeeded", charge);
  emit(world, cause, "payment_intent.succeeded", paid);
  if (card.disputes) openDispute(world, charge, { reason: card.disputes, inquiry: card.inquiry });
  return paid;
}

/** The bank holds the money ready until it is captured or released. */
export function authorized(
  world: StripeWorld,
  cause: Cause,
  intent: Intent,
  charge: Charge,
): Intent {
  const held = change(world, intent, {
    status: "requires_capture",
    amount_capturable: charge.amount,
    latest_charge: charge.id,
    next_action: null,
  });
  emit(world, cause, "charge.succeeded", charge);
  emit(world, cause, "payment_intent.amount_capturable_updated", held);
  return held;
}

export function failed(
  world: StripeWorld,
  cause: Cause,
  intent: Intent,
  charge: Charge,
  card: TestCard,
  decline: Decline = genericDecline,
): Intent {
  const error: PaymentError = {
    type: "card_error",
    code: decline.code,
    doc_url: docUrl(decline.code),
    message: decline.message,
    charge: charge.id,
    payment_method: paymentMethodOf(card),
    ...(decline.declineCode ? { decline_code: decline.declineCode } : {}),
  };
  const refused = change(world, intent, {
    status: "requires_payment_method",
    latest_charge: charge.id,
    last_payment_error: error,
    next_action: null,
    payment_method: null,
  });
  emit(world, cause, "charge.failed", charge);
  emit(world, cause, "payment_intent.payment_failed", refused);
  return refused;
}

export function unexpectedState(verb: string, intent: Intent, why?: string): Verdict {
  const code = "payment_intent_unexpected_state";
  return new Verdict(400, {
    type: "invalid_request_error",
    code,
    doc_url: docUrl(code),
    message: `You cannot ${verb} this PaymentIntent. ${why ?? `Its status is ${intent.status}.`}`,
    payment_intent: intent,
  });
}

/** Declined when confirmed with a request is a 402 that carries the intent. */
export function refuseDeclined(intent: Intent): Intent {
  const error = intent.last_payment_error;
  if (intent.status !== "requires_payment_method" || error === null) return intent;
  throw new Verdict(402, { ...error, type: "card_error", payment_intent: intent });
}

export function change(world: StripeWorld, intent: Intent, changes: Partial<Intent>): Intent {
  const changed = { ...intent, ...changes };
  world.books.intents.put(changed);
  return changed;
}
