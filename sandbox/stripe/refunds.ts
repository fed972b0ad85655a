import { newId } from "../ids.ts";
import { creditFailedRefund, debitRefund } from "./balance.ts";
import { findCard } from "./cards.ts";
import { emit } from "./events.ts";
import type { Refund } from "./money-objects.ts";
import type { Charge, Metadata } from "./objects.ts";
import { docUrl, type ProblemBody, Verdict } from "./problems.ts";
import { type Cause, type StripeWorld, seconds } from "./world.ts";

/** Gives money of a charge back, never more than is left of it. */
export function refundCharge(
  world: StripeWorld,
  cause: Cause,
  charge: Charge,
  ask: { amount?: number | undefined; reason?: string | undefined; metadata?: Metadata },
): Refund {
  checkRefundable(world, charge);
  const left = charge.amount_captured - charge.amount_refunded;
  const amount = ask.amount ?? left;
  if (amount > left) throw tooMuch(charge, amount, left);
  const card = findCard(charge.payment_method);
  const status = card.refundsPend ? "pending" : world.books.switches.refundStatus;
  const id = newId("re");
  const moved = status === "requires_action" ? null : debitRefund(world, { ...charge, id }, amount);
  const refund: Refund = {
    id,
    object: "refund",
    amount,
    balance_transaction: moved?.id ?? null,
    charge: charge.id,
    created: seconds(world),
    currency: charge.currency,
    customer: null,
    customer_account: null,
    ...(card.processes ? {} : byCard),
    metadata: ask.metadata ?? {},
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    ...(status === "pending" ? { pending_reason: "processing" } : {}),
    reason: ask.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status,
    transfer_reversal: null,
  };
  world.books.refunds.put(refund);
  const refunded = countRefunded(world, charge, amount);
  emit(world, cause, "refund.created", refund);
  emit(world, cause, "charge.refunded", refunded);
  return refund;
}

/** The bank has taken a refund that was under way. */
export function succeedRefund(world: StripeWorld, cause: Cause, refund: Refund): Refund {
  if (!isUnderWay(refund)) throw unexpectedRefundState("succeed", refund);
  const { pending_reason, ...rest } = refund;
  const moved = refund.balance_transaction ?? debitRefund(world, refund, refund.amount).id;
  return changeRefund(world, cause, {
    ...rest,
    balance_transaction: moved,
    status: "succeeded",
  });
}

/** The bank sends the money back, at times days after the refund had succeeded. */
export function failRefund(
  world: StripeWorld,
  cause: Cause,
  refund: Refund,
  reason: string,
): Refund {
  if (!isUnderWay(refund) && refund.status !== "succeeded") {
    throw unexpectedRefundState("fail", refund);
  }
  const failed = takeBack(world, cause, refund, "failed", reason);
  emit(world, cause, "refund.failed", failed);
  return failed;
}

/** Whoever asked for a refund thinks better of it before the money has left. */
export function cancelRefund(world: StripeWorld, cause: Cause, refund: Refund): Refund {
  if (!isUnderWay(refund)) throw unexpectedRefundState("cancel", refund);
  return takeBack(world, cause, refund, "canceled", "merchant_request");
}

export function changeRefund(world: StripeWorld, cause: Cause, refund: Refund): Refund {
  world.books.refunds.put(refund);
  emit(world, cause, "refund.updated", refund);
  emit(world, cause, "charge.refund.updated", refund);
  return refund;
}

const byCard: Pick<Refund, "destination_details"> = {
  destination_details: { card: { reference_status: "pending", type: "refund" }, type: "card" },
};

/** The money is the charge's again, and may be refunded once more. */
function takeBack(
  world: StripeWorld,
  cause: Cause,
  refund: Refund,
  status: "failed" | "canceled",
  reason: string,
): Refund {
  const { pending_reason, ...rest } = refund;
  const moved = refund.balance_transaction
    ? { failure_balance_transaction: creditFailedRefund(world, refund, refund.amount).id }
    : {};
  const charge = world.books.charges.get(refund.charge);
  if (charge) countRefunded(world, charge, -refund.amount);
  return changeRefund(world, cause, { ...rest, ...moved, failure_reason: reason, status });
}

function countRefunded(world: StripeWorld, charge: Charge, amount: number): Charge {
  const amount_refunded = charge.amount_refunded + amount;
  const refunded = amount_refunded === charge.amount_captured;
  const changed = { ...charge, amount_refunded, refunded };
  world.books.charges.put(changed);
  return changed;
}

function checkRefundable(world: StripeWorld, charge: Charge): void {
  if (charge.status !== "succeeded" || !charge.captured) throw nothingToRefund(charge);
  if (isHeldByDispute(world, charge)) {
    throw refused(
      "charge_disputed",
      `Charge ${charge.id} has been charged back; it cannot be refunded.`,
    );
  }
  if (charge.refunded) {
    throw refused("charge_already_refunded", `Charge ${charge.id} has already been refunded.`);
  }
}

/** A won dispute has brought the money back, and an inquiry took none: it can be given away. */
function isHeldByDispute({ books }: StripeWorld, charge: Charge): boolean {
  if (!charge.disputed) return false;
  return books.disputes.rows.some(
    (dispute) => dispute.charge === charge.id && !dispute.is_charge_refundable,
  );
}

function isUnderWay({ status }: Refund): boolean {
  return status === "pending" || status === "requires_action";
}

function nothingToRefund(charge: Charge): Verdict {
  return new Verdict(400, {
    type: "invalid_request_error",
    message: `${charge.payment_intent} does not have a successful charge to refund.`,
    param: "payment_intent",
  });
}

function tooMuch(charge: Charge, amount: number, left: number): Verdict {
  const what = charge.amount_refunded > 0 ? "unrefunded amount on charge" : "charge amount";
  const message = `Refund amount (${amount}) is greater than ${what} (${left}).`;
  return new Verdict(400, { type: "invalid_request_error", message, param: "amount" });
}

function unexpectedRefundState(verb: string, refund: Refund): Verdict {
  const message = `You cannot ${verb} this refund: its status is ${refund.status}.`;
  return new Verdict(400, { type: "invalid_request_error", message });
}

function refused(code: string, message: string): Verdict {
  const body: ProblemBody = {
    type: "invalid_request_error",
    code,
    doc_url: docUrl(code),
    message,
  };
  return new Verdict(400, body);
}
