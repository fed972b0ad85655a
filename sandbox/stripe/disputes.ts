import { newId } from "../ids.ts";
import { creditWonDispute, debitDispute } from "./balance.ts";
import { findCard } from "./cards.ts";
import { emit } from "./events.ts";
import type { Dispute } from "./money-objects.ts";
import type { Charge } from "./objects.ts";
import { invalid } from "./params.ts";
import { Verdict } from "./problems.ts";
import { failRefund } from "./refunds.ts";
import { type Cause, nobody, type StripeWorld, seconds } from "./world.ts";

/** How long evidence may be sent in; networks give between seven and twenty-one days. */
const ANSWER_WITHIN_SECONDS = 7 * 24 * 60 * 60;

/** Which amount, and why. `inquiry`: the bank only asks, and takes nothing yet. */
type Wish = {
  amount?: number | undefined;
  reason?: string | undefined;
  inquiry?: boolean | undefined;
};

/** A cardholder takes a payment back at the bank: the money and a fee leave the balance. */
export function openDispute(world: StripeWorld, charge: Charge, ask: Wish): Dispute {
  const amount = disputedAmount(world, charge, ask.amount);
  const id = newId("du");
  const { brand } = findCard(charge.payment_method);
  const created = seconds(world);
  const dispute: Dispute = {
    id,
    object: "dispute",
    amount,
    balance_transactions: [],
    charge: charge.id,
    created,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: {},
    evidence_details: {
      due_by: created + ANSWER_WITHIN_SECONDS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    intended_submission_method: null,
    is_charge_refundable: true,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method_details: { type: "card", card: { brand, case_type: "inquiry" } },
    reason: ask.reason ?? "fraudulent",
    status: "warning_needs_response",
  };
  if (!ask.inquiry) return withdraw(world, charge, dispute, "charge.dispute.created");
  world.books.disputes.put(dispute);
  emit(world, nobody, "charge.dispute.created", dispute);
  return dispute;
}

/** The bank is not content with an inquiry's answer: what is left of the money goes. */
export function escalateInquiry(world: StripeWorld, inquiry: Dispute): Dispute {
  const charge = world.books.charges.get(inquiry.charge);
  const left = charge ? charge.amount_captured - charge.amount_refunded : 0;
  if (!isInquiry(inquiry) || isClosed(inquiry) || !charge || left === 0) {
    throw invalid("dispute", `Dispute ${inquiry.id} is no inquiry about money that is left`);
  }
  const dispute = { ...inquiry, amount: Math.min(inquiry.amount, left) };
  return withdraw(world, charge, dispute, "charge.dispute.updated");
}

function withdraw(
  world: StripeWorld,
  charge: Charge,
  dispute: Dispute,
  news: "charge.dispute.created" | "charge.dispute.updated",
): Dispute {
  const { id, amount, payment_method_details: method } = dispute;
  const card = { brand: method?.card.brand ?? "visa", case_type: "chargeback" } as const;
  const taking: Dispute = {
    ...dispute,
    balance_transactions: [debitDispute(world, { ...charge, id }, charge.id, amount)],
    is_charge_refundable: false,
    payment_method_details: { type: "card", card },
    status: "needs_response",
  };
  world.books.charges.put({ ...charge, disputed: true });
  world.books.disputes.put(taking);
  emit(world, nobody, news, taking);
  emit(world, nobody, "charge.dispute.funds_withdrawn", taking);
  failPendingRefunds(world, charge);
  return taking;
}

/** The merchant answers; the bank reads it. */
export function reviewDispute(
  world: StripeWorld,
  cause: Cause,
  dispute: Dispute,
  evidence: Dispute["evidence"] = {},
): Dispute {
  if (isClosed(dispute)) throw alreadyClosed(dispute);
  return changeDispute(world, cause, {
    ...dispute,
    evidence: { ...dispute.evidence, ...evidence },
    evidence_details: {
      ...dispute.evidence_details,
      has_evidence: true,
      submission_count: dispute.evidence_details.submission_count + 1,
      submission_method: "manual",
    },
    status: isInquiry(dispute) ? "warning_under_review" : "under_review",
  });
}

export function changeDispute(world: StripeWorld, cause: Cause, dispute: Dispute): Dispute {
  world.books.disputes.put(dispute);
  emit(world, cause, "charge.dispute.updated", dispute);
  return dispute;
}

/**
 * The bank has decided. When it is won the money comes back, and the fee does not; an inquiry whose
 * answer it takes is only closed.
 */
export function closeDispute(
  world: StripeWorld,
  cause: Cause,
  dispute: Dispute,
  status: "won" | "lost",
): Dispute {
  if (isClosed(dispute)) throw alreadyClosed(dispute);
  const { amount, charge, balance_transactions } = dispute;
  const comesBack = status === "won" && !isInquiry(dispute);
  const back = comesBack ? [creditWonDispute(world, dispute, charge, amount)] : [];
  const closed: Dispute = {
    ...dispute,
    balance_transactions: [...balance_transactions, ...back],
    is_charge_refundable: status === "won",
    status: status === "won" && isInquiry(dispute) ? "warning_closed" : status,
  };
  world.books.disputes.put(closed);
  emit(world, cause, "charge.dispute.closed", closed);
  if (comesBack) emit(world, cause, "charge.dispute.funds_reinstated", closed);
  return closed;
}

/** What is still the merchant's of the charge; all that was captured if nothing is. */
function disputedAmount({ books }: StripeWorld, charge: Charge, asked?: number): number {
  const isOpen = (dispute: Dispute) => dispute.charge === charge.id && !isClosed(dispute);
  if (!charge.captured || charge.status !== "succeeded") {
    throw invalid("charge", `Charge ${charge.id} took no money that could be disputed`);
  }
  if (books.disputes.rows.some(isOpen)) {
    throw invalid("charge", `Charge ${charge.id} is in dispute already`);
  }
  const left = charge.amount_captured - charge.amount_refunded;
  const amount = asked ?? (left > 0 ? left : charge.amount_captured);
  if (amount <= charge.amount_captured) return amount;
  throw invalid("amount", `Only ${charge.amount_captured} of charge ${charge.id} was captured`);
}

/** What the bank takes by force cannot also go back by itself: Stripe ends such refunds. */
function failPendingRefunds(world: StripeWorld, charge: Charge): void {
  if (charge.amount_refunded === 0) return;
  for (const refund of world.books.refunds.rows) {
    if (refund.charge === charge.id && refund.status === "pending") {
      failRefund(world, nobody, refund, "charge_for_pending_refund_disputed");
    }
  }
}

export function isClosed({ status }: Dispute): boolean {
  return status === "won" || status === "lost" || status === "warning_closed";
}

function isInquiry({ status }: Dispute): boolean {
  return status.startsWith("warning_");
}

function alreadyClosed({ id, status }: Dispute): Verdict {
  const message = `Dispute ${id} is closed: its status is ${status}.`;
  return new Verdict(400, { type: "invalid_request_error", message });
}
