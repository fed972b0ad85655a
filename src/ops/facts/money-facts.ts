import type { WorthyLine } from "../../orders/refunds/worth.ts";
import type { SeenDispute } from "../../payments/dispute.ts";
import type { Intent } from "../../payments/intent.ts";
import type {
  BreakStatus,
  DisputeStatus,
  EventStatus,
  EventTopic,
  PaymentStatus,
  RefundStatus,
} from "../../payments/lifecycle.ts";
import type { SeenRefund } from "../../payments/refund.ts";
import type { Waiting } from "./waiting.ts";

export type PaymentFact = Waiting & {
  id: string;
  attempt: number;
  version: number;
  status: PaymentStatus;
  provider: "stripe" | "external";
  reference: string | null;
  amountMinor: number;
  currency: string;
  askedAt: Date | null;
  intentId: string | null;
  secretStoredAt: Date | null;
  capturedMinor: number;
  capturedCurrency: string | null;
  capturedAt: Date | null;
  method: string | null;
  processingSince: Date | null;
  observedAt: Date | null;
  createdAt: Date;
  declines: { chargeId: string; code: string; declineCode: string | null; at: Date }[];
};

export type RefundFact = Waiting & {
  id: string;
  paymentId: string;
  version: number;
  status: RefundStatus;
  amountMinor: number;
  currency: string;
  reason: string;
  note: string | null;
  actor: string;
  /** External: a person gave it back by other means, and Stripe knows nothing of it. */
  provider: "stripe" | "external";
  stripeId: string | null;
  failure: string | null;
  createdAt: Date;
  settledAt: Date | null;
  /** The goods that it is for, where it is for goods. */
  lines: WorthyLine[];
};

export type DisputeFact = Waiting & {
  id: string;
  paymentId: string;
  version: number;
  status: DisputeStatus;
  amountMinor: number;
  currency: string;
  reason: string;
  evidenceDueAt: Date | null;
  openedAt: Date;
  closedAt: Date | null;
  /** The shop has answered: it is the bank's turn. */
  isAnswered: boolean;
  /** The bank only asks, or asked and let it rest. */
  isInquiry: boolean;
};

export type InboxFact = Waiting & {
  id: string;
  source: "webhook" | "cursor";
  type: string;
  topic: EventTopic;
  intentId: string | null;
  paymentId: string | null;
  status: EventStatus;
  receivedAt: Date;
  settledAt: Date | null;
};

export type BreakFact = Waiting & {
  id: string;
  objectId: string;
  fault: "unknown_here" | "unknown_at_stripe" | "differs";
  status: BreakStatus;
  outcome: string | null;
  foundAt: Date;
  settledAt: Date | null;
};

/** What Stripe itself says of the order's payments at this moment. */
export type StripeRecord =
  /** Nobody asked: in lists, or because Stripe was never asked for a payment. */
  | { state: "not_asked" }
  | { state: "unreachable"; reason: string }
  | {
      state: "answered";
      /** PostgreSQL's clock as text, before Stripe was asked: see `Observation`. */
      observedAt: string;
      /** By our payment's id; `missing` where Stripe knows no such intent. */
      intents: { paymentId: string; intent: Intent | "missing" }[];
      refunds: SeenRefund[];
      disputes: SeenDispute[];
    };
