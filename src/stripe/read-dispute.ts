import type Stripe from "stripe";
import type { SeenDispute } from "../payments/dispute.ts";
import { idOf } from "./stamp.ts";

/** Stripe's statuses in our words; in each that is missing here a dispute is open. */
const statuses: Record<string, SeenDispute["status"]> = {
  // The bank only asks, and has taken nothing. The charge can be refunded.
  warning_needs_response: "inquiry",
  warning_under_review: "inquiry",
  won: "won",
  warning_closed: "won",
  prevented: "won",
  lost: "lost",
};

const answered = ["under_review", "warning_under_review"];

/** A dispute can be prevented by giving the customer the money back: it is as good as lost. */
function isPaidBack({ status, balance_transactions: moved }: Stripe.Dispute): boolean {
  return status === "prevented" && moved.reduce((sum, { amount }) => sum + amount, 0) < 0;
}

/** Stripe's Dispute in our words. */
export function readDispute(dispute: Stripe.Dispute): SeenDispute {
  const { due_by: dueBy } = dispute.evidence_details;
  return {
    id: dispute.id,
    status: isPaidBack(dispute) ? "lost" : (statuses[dispute.status] ?? "open"),
    isAnswered: answered.includes(dispute.status),
    isInquiry: dispute.status.startsWith("warning_"),
    amountMinor: dispute.amount,
    currency: dispute.currency,
    intentId: idOf(dispute.payment_intent),
    reason: dispute.reason,
    evidenceDueAt: dueBy === null ? null : new Date(dueBy * 1_000),
    moved: dispute.balance_transactions.map(({ id, amount, fee, currency }) => ({
      id,
      amountMinor: amount,
      feeMinor: fee,
      currency,
    })),
    createdAt: new Date(dispute.created * 1_000),
  };
}
