import type { Fate } from "./trouble.ts";

/** The shapes of what Stripe's stand-in keeps: Stripe's own field names, as they are answered. */

export type IntentStatus =
  | "requires_payment_method"
  | "requires_confirmation"
  | "requires_action"
  | "processing"
  | "requires_capture"
  | "succeeded"
  | "canceled";

type NextAction = {
  type: "redirect_to_url";
  redirect_to_url: { url: string; return_url: string | null };
};

export type PaymentError = {
  type: "card_error" | "invalid_request_error";
  code: string;
  message: string;
  doc_url: string;
  decline_code?: string;
  charge?: string;
  payment_method?: PaymentMethod;
};

export type PaymentMethod = {
  id: string;
  object: "payment_method";
  type: "card" | "us_bank_account";
  card?: { brand: string; last4: string; exp_month: number; exp_year: number; country: string };
  livemode: false;
};

export type Metadata = Record<string, string>;

export type Intent = {
  id: string;
  object: "payment_intent";
  amount: number;
  amount_capturable: number;
  amount_received: number;
  automatic_payment_methods: { enabled: boolean; allow_redirects: "always" | "never" } | null;
  canceled_at: number | null;
  cancellation_reason: string | null;
  capture_method: "automatic" | "automatic_async" | "manual";
  client_secret: string;
  confirmation_method: "automatic";
  created: number;
  currency: string;
  customer: null;
  description: string | null;
  last_payment_error: PaymentError | null;
  latest_charge: string | null;
  livemode: false;
  metadata: Metadata;
  next_action: NextAction | null;
  payment_method: string | null;
  payment_method_types: string[];
  receipt_email: string | null;
  statement_descriptor: string | null;
  status: IntentStatus;
};

export type Charge = {
  id: string;
  object: "charge";
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  balance_transaction: string | null;
  captured: boolean;
  created: number;
  currency: string;
  disputed: boolean;
  failure_code: string | null;
  failure_message: string | null;
  livemode: false;
  metadata: Metadata;
  outcome: {
    network_status: string;
    reason: string | null;
    seller_message: string;
    type: "authorized" | "issuer_declined";
  };
  paid: boolean;
  payment_intent: string;
  payment_method: string;
  payment_method_details: PaymentMethodDetails;
  refunded: boolean;
  status: "succeeded" | "pending" | "failed";
};

export type PaymentMethodDetails = {
  type: PaymentMethod["type"];
  card?: NonNullable<PaymentMethod["card"]> & { three_d_secure: { result: string } | null };
};

/** An event with its snapshot as text: it is read far more often than it is looked into. */
export type StripeEvent = {
  id: string;
  type: string;
  created: number;
  requestId: string | null;
  idempotencyKey: string | null;
  snapshot: string;
};

/** Where an event stands on its way to the webhook endpoint. */
export type Delivery = {
  id: string;
  state: "pending" | "delivered" | "given_up" | "withheld" | "dropped" | "lost";
  attempts: number;
  lastAnswer: number | string | null;
  fate?: Fate;
};

/** Stripe forgets a key after a day; the same key then means a new request. */
export const ANSWER_KEPT_MS = 24 * 60 * 60 * 1000;

/** What was answered under an idempotency key. */
export type StoredAnswer = {
  id: string;
  fingerprint: string;
  endpoint: string;
  status: number;
  body: string;
  at: number;
};
