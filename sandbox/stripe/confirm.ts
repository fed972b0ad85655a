import { type Decline, findCard, paymentMethodOf, type TestCard } from "./cards.ts";
import { recordCharge, settleCharge } from "./charges.ts";
import { emit } from "./events.ts";
import type { Intent, IntentStatus } from "./objects.ts";
import { authorized, change, failed, succeeded, unexpectedState } from "./outcomes.ts";
import { invalid } from "./params.ts";
import { docUrl } from "./problems.ts";
import type { Cause, StripeWorld } from "./world.ts";

const confirmable: IntentStatus[] = [
  "requires_payment_method",
  "requires_confirmation",
  "requires_action",
];

/** A customer pays: the card decides whether the money comes, is refused, or needs a question. */
export function confirm(
  world: StripeWorld,
  cause: Cause,
  intent: Intent,
  ask: { paymentMethod?: string | undefined; returnUrl?: string | undefined },
): Intent {
  if (!confirmable.includes(intent.status)) throw unexpectedState("confirm", intent);
  const method = ask.paymentMethod ?? intent.payment_method;
  if (method === null) throw unexpectedState("confirm", intent, "It has no payment method.");
  const card = cardThatIsUsed(world, method);
  if (ask.returnUrl !== undefined && !URL.canParse(ask.returnUrl)) {
    throw invalid("return_url", "Invalid URL");
  }
  const attempted: Intent = { ...intent, payment_method: card.id, last_payment_error: null };

  if (card.authenticates) return askForAuthentication(world, cause, attempted, ask.returnUrl);
  if (card.processes) return startProcessing(world, cause, attempted, card);
  return charge(world, cause, attempted, card, false);
}

function cardThatIsUsed({ books }: StripeWorld, method: string): TestCard {
  const { nextCard } = books.switches;
  if (nextCard !== null) books.turn({ nextCard: null });
  return findCard(nextCard ?? method);
}

/** The cardholder has answered the bank's question; the card may still be declined. */
export function authenticate(world: StripeWorld, cause: Cause, intent: Intent): Intent {
  if (intent.status !== "requires_action") throw unexpectedState("authenticate", intent);
  const card = findCard(intent.payment_method ?? "");
  return charge(world, cause, intent, card, true);
}

/** The cardholder could not be recognised: nothing was charged, and another card may be tried. */
export function failAuthentication(world: StripeWorld, cause: Cause, intent: Intent): Intent {
  if (intent.status !== "requires_action") throw unexpectedState("authenticate", intent);
  const code = "payment_intent_authentication_failure";
  const failed = change(world, intent, {
    status: "requires_payment_method",
    next_action: null,
    payment_method: null,
    last_payment_error: {
      type: "invalid_request_error",
      code,
      doc_url: docUrl(code),
      message: "The bank could not verify the cardholder. Choose another payment method.",
      payment_method: paymentMethodOf(findCard(intent.payment_method ?? "")),
    },
  });
  emit(world, cause, "payment_intent.payment_failed", failed);
  return failed;
}

/** The bank says at last how a payment ended that was under way. */
export function settle(
  world: StripeWorld,
  cause: Cause,
  intent: Intent,
  decline?: Decline,
): Intent {
  const pending = world.books.charges.get(intent.latest_charge ?? "");
  if (intent.status !== "processing" || pending === undefined) {
    throw unexpectedState("settle", intent);
  }
  const charge = settleCharge(world, pending, decline);
  const card = findCard(charge.payment_method);
  return decline
    ? failed(world, cause, intent, charge, card, decline)
    : succeeded(world, cause, intent, charge, card);
}

function charge(
  world: StripeWorld,
  cause: Cause,
  intent: Intent,
  card: TestCard,
  authenticated: boolean,
): Intent {
  const { decline } = card;
  const status = decline ? "failed" : "succeeded";
  const captured = intent.capture_method !== "manual";
  const charge = recordCharge(world, intent, card, { status, decline, authenticated, captured });
  if (decline) return failed(world, cause, intent, charge, card, decline);
  if (!captured) return authorized(world, cause, intent, charge);
  return succeeded(world, cause, intent, charge, card);
}

function askForAuthentication(
  world: StripeWorld,
  cause: Cause,
  intent: Intent,
  returnUrl: string | undefined,
): Intent {
  const url = `${world.address()}/payments/${intent.id}`;
  const asked = change(world, intent, {
    status: "requires_action",
    next_action: {
      type: "redirect_to_url",
      redirect_to_url: { url, return_url: returnUrl ?? null },
    },
  });
  emit(world, cause, "payment_intent.requires_action", asked);
  return asked;
}

function startProcessing(world: StripeWorld, cause: Cause, intent: Intent, card: TestCard): Intent {
  const pending = recordCharge(world, intent, card, { status: "pending" });
  const started = change(world, intent, {
    status: "processing",
    latest_charge: pending.id,
    next_action: null,
  });
  emit(world, cause, "charge.pending", pending);
  emit(world, cause, "payment_intent.processing", started);
  return started;
}
