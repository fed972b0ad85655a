import { newId } from "../ids.ts";
import { creditCharge } from "./balance.ts";
import { type Decline, paymentMethodOf, type TestCard } from "./cards.ts";
import { emit } from "./events.ts";
import type { Charge, Intent, PaymentMethodDetails } from "./objects.ts";
import { invalid } from "./params.ts";
import { nobody, type StripeWorld, seconds } from "./world.ts";

/** Puts an attempt to take the intent's money on record: succeeded, declined, or under way. */
export function recordCharge(
  world: StripeWorld,
  intent: Intent,
  card: TestCard,
  result: {
    status: Charge["status"];
    decline?: Decline | undefined;
    authenticated?: boolean;
    captured?: boolean;
  },
): Charge {
  const { status, decline } = result;
  const succeeded = status === "succeeded";
  const captured = succeeded && (result.captured ?? true);
  const id = newId("ch");
  const charge: Charge = {
    id,
    object: "charge",
    amount: intent.amount,
    amount_captured: captured ? intent.amount : 0,
    amount_refunded: 0,
    balance_transaction: captured ? credit(world, { ...intent, id }, intent.amount) : null,
    captured,
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
    balance_transaction: decline ? null : credit(world, charge, charge.amount),
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

export function captureCharge(world: StripeWorld, charge: Charge, amount: number): Charge {
  const captured: Charge = {
    ...charge,
    amount_captured: amount,
    balance_transaction: credit(world, charge, amount),
    captured: true,
  };
  world.books.charges.put(captured);
  return captured;
}

/** What was never captured counts as refunded, though no money moved. */
export function releaseCharge(world: StripeWorld, charge: Charge): Charge {
  const released = { ...charge, amount_refunded: charge.amount, refunded: true };
  world.books.charges.put(released);
  return released;
}

/** Stripe has worked out the fee of a charge whose balance transaction was to come later. */
export function settleFee(world: StripeWorld, charge: Charge): Charge {
  if (!charge.captured || charge.balance_transaction !== null) {
    throw invalid("charge", `No balance transaction of charge ${charge.id} is outstanding`);
  }
  const { id } = creditCharge(world, charge, charge.amount_captured);
  const settled = { ...charge, balance_transaction: id };
  world.books.charges.put(settled);
  emit(world, nobody, "charge.updated", settled);
  return settled;
}

/** With `automatic_async` capture the balance transaction may come after the charge. */
function credit(
  world: StripeWorld,
  charge: { id: string; currency: string },
  amount: number,
): string | null {
  return world.books.switches.feesLater ? null : creditCharge(world, charge, amount).id;
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
