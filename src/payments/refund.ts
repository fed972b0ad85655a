import type { RefundStatus } from "./lifecycle.ts";

/** What a payment provider says of one refund, in our words. Amounts in minor units. */
export type SeenRefund = {
  /** The provider's id. */
  id: string;
  status: Exclude<RefundStatus, "requested">;
  amountMinor: number;
  currency: string;
  /** The intent whose money goes back, or null where it was no intent's. */
  intentId: string | null;
  /** Our row's id, where the refund bears our stamp. */
  refundId: string | null;
  installation: string | null;
  failure: string | null;
  createdAt: Date;
};

/**
 * All refunds of a payment as the provider lists them, and PostgreSQL's time (as its own text)
 * just before it was asked.
 */
export type RefundsSeen = {
  paymentId: string;
  intentId: string;
  refunds: SeenRefund[];
  observedAt: string;
};
