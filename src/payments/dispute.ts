import type { DisputeStatus } from "./lifecycle.ts";

/** What a payment provider says of one dispute, in our words. Amounts in minor units. */
export type SeenDispute = {
  id: string;
  status: DisputeStatus;
  /** The shop has answered: it is the bank's turn. */
  isAnswered: boolean;
  /** The bank only asks, or asked and let it rest. */
  isInquiry: boolean;
  amountMinor: number;
  currency: string;
  intentId: string | null;
  reason: string;
  /** Until when the shop may object, or null. */
  evidenceDueAt: Date | null;
  /** What the bank moved: taken back below zero, returned above it. */
  moved: { id: string; amountMinor: number; feeMinor: number; currency: string }[];
  createdAt: Date;
};

/** All disputes of a payment as the provider lists them, and when it was asked. */
export type DisputesSeen = {
  paymentId: string;
  intentId: string;
  disputes: SeenDispute[];
  observedAt: string;
};
