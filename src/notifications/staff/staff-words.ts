/** What staff reads of an event. Staff is told in English. */
const titles: Record<string, string> = {
  payment_captured: "Paid",
  revived: "Paid after it had ended",
  paid_by_force: "Taken as paid by an operator",
  stock_refused: "Rejected: out of stock",
  hold_expired: "Expired unpaid",
  draft_expired: "Draft ended",
  cancelled: "Cancelled",
  cancelled_after_payment: "Cancelled after payment",
  payment_declined: "Payment declined",
  refund_requested: "Refund asked for",
  refund_succeeded: "Refunded",
  refund_failed: "A refund failed",
  dispute_opened: "Disputed by the customer's bank",
  dispute_won: "Dispute won",
  dispute_lost: "Dispute lost",
  attention: "Flagged for a person",
};

/** An event as a title; one without words of its own is named by its code. */
export function eventTitle(event: string): string {
  const words = Object.hasOwn(titles, event) ? titles[event] : undefined;
  if (words !== undefined) return words;
  const plain = event.replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
