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
  /** The provider's own number for this answer: by it their support finds the request. */
  requestId?: string;
  /** The last charge that was declined, or null. */
  decline: Decline | null;
};

export type IntentStatus =
  | "needs_payment"
  | "needs_action"
  | "processing"
  | "captured"
  | "cancelled";

export type Decline = { chargeId: string; code: string; declineCode: string | null };

/** An intent, and PostgreSQL's time (as its own text) just before Stripe was asked for it. */
export type Observation = { paymentId: string; intent: Intent; observedAt: string };
