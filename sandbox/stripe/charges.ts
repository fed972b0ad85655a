import { newId } from "../ids.ts";
import { type Decline, paymentMethodOf, type TestCard } from "./cards.ts";
import type { Charge, Intent, PaymentMethodDetails } from "./objects.ts";
import { type StripeWorld, seconds } from "./world.ts";

/** Puts an attempt to take the intent's money on record: succeeded, declined, or under way. */
export function recordCharge(
  world: StripeWorld,
  intent: Intent,
  card: TestCard,
  result: { status: Charge["status"]; decline?: Decline | undefined; authenticated?: boolean },
): Charge {
  const { status, decline } = result;
  const succeeded = status === "succeeded";
  const charge: Charge = {
    id: newId("ch"),
    object: "charge",
    amount: intent.amount,
    amount_captured: succeeded ? intent.amount : 0,
    amount_refunded: 0,
    balance_transaction: succeeded ? newId("txn") : null,
    captured: succeeded,
    created: seconds(world),
    currency: intent.currency,
    disputed: false,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    livemode: false,
    metadata: intent.metadata,
    outcome: decline ? declinedOutcome(decline) : approvedOutcome,
    paid: succeeded,
    payment_intent: intent.id,
    payment_method: card.id,
    payment_method_details: detailsOf(card, result.authenticated ?? false),
    refunded: false,
    status,
  };
  world.books.charges.put(charge);
  return charge;
}

/** The bank has said how a charge that was under way ended. */
export function settleCharge(world: StripeWorld, charge: Charge, decline?: Decline): Charge {
  const settled: Charge = {
    ...charge,
    amount_captured: decline ? 0 : charge.amount,
    balance_transaction: decline ? null : newId("txn"),
    captured: decline === undefined,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    outcome: decline ? declinedOutcome(decline) : approvedOutcome,
    paid: decline === undefined,
    status: decline ? "failed" : "succeeded",
  };
  world.books.charges.put(settled);
  return settled;
}

const approvedOutcome: Charge["outcome"] = {
  network_status: "approved_by_network",
  reason: null,
  seller_message: "Payment complete.",
  type: "authorized",
};

function declinedOutcome(decline: Decline): Charge["outcome"] {
  return {
    network_status: "declined_by_network",
    reason: decline.declineCode ?? decline.code,
    seller_message: "The bank declined this payment.",
    type: "issuer_declined",
  };
}

function detailsOf(card: TestCard, authenticated: boolean): PaymentMethodDetails {
  const method = paymentMethodOf(card);
  if (method.card === undefined) return { type: method.type };
  const three_d_secure = authenticated ? { result: "authenticated" } : null;
  return { type: method.type, card: { ...method.card, three_d_secure } };
}
