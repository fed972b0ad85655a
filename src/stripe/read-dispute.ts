import type Stripe from "stripe";
import type { SeenDispute } from "../payments/dispute.ts";
import { idOf } from "./stamp.ts";

/** What is not simply open: every other status of Stripe's is one in which it is. */
const statuses: Record<string, SeenDispute["status"]> = {
  // The bank only asks, and has taken nothing. The charge can be refunded.
  warning_needs_response: "inquiry",
  warning_under_review: "inquiry",
  won: "won",
  warning_closed: "won",
  prevented: "won",
  lost: "lost",
};

/** Stripe's Dispute in our words. */
export function readDispute(dispute: Stripe.Dispute): SeenDispute {
  const { due_by: dueBy } = dispute.evidence_details;
  return {
    id: dispute.id,
    status: statuses[dispute.status] ?? "open",
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
