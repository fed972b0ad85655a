/** What a payment provider says of one payment, in our words. Amounts in minor units. */
export type Intent = {
  id: string;
  status: IntentStatus;
  amountMinor: number;
  currency: string;
  capturedMinor: number;
  livemode: boolean;
  clientSecret: string | null;
  /** Our stamp on it, or nulls when it bears none. */
  orderId: string | null;
  paymentId: string | null;
  installation: string | null;
  createdAt: Date;
  /** How the customer pays, such as card, in the provider's words; null before a first try. */
  method: string | null;
  /** What the provider keeps of the money, as soon as it says so. */
  fee: Fee | null;
  /** How much of the captured money has gone back. */
  refundedMinor: number;
  disputed: boolean;
  /** The provider's own number for this answer: by it their support finds the request. */
  requestId?: string;
  /** The charges that were declined, oldest first; of a paid one, those before are not told. */
  declines: Decline[];
};

export type IntentStatus =
  | "needs_payment"
  | "needs_action"
  | "processing"
  | "captured"
  | "cancelled";

/** In the currency that the provider settles in, which may be another than the customer's. */
export type Fee = { amountMinor: number; currency: string };

export type Decline = { chargeId: string; code: string; declineCode: string | null };

/** An intent, and PostgreSQL's time (as its own text) just before Stripe was asked for it. */
export type Observation = { paymentId: string; intent: Intent; observedAt: string };
