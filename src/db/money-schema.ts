import type { Generated, JSONColumnType } from "kysely";
import type {
  BreakStatus,
  DisputeStatus,
  EventStatus,
  EventTopic,
  LedgerAccount,
  PaymentStatus,
  RefundStatus,
} from "../payments/lifecycle.ts";

/** A row that waits has a clock; `round` and `sweeps` count what came of waking it. */
export type Waits = {
  due_at: Date | null;
  round: Generated<number>;
  sweeps: Generated<number>;
  last_error: string | null;
  /** Of the failures that `last_error` is the last of; it means nothing where that is null. */
  failing_since: Date | null;
};

/** The tables of what is paid, given back and compared with Stripe. */
export interface MoneyTables {
  payments: Waits & {
    id: string;
    order_id: string;
    attempt: number;
    status: Generated<PaymentStatus>;
    version: Generated<number>;
    amount_minor: number;
    currency: string;
    asked_at: Date | null;
    create_try: Generated<number>;
    intent_id: string | null;
    client_secret: string | null;
    secret_stored_at: Date | null;
    captured_minor: Generated<number>;
    captured_currency: string | null;
    captured_at: Date | null;
    method: string | null;
    processing_since: Date | null;
    refresh_asked_at: Date | null;
    observed_at: Date | null;
    created_at: Generated<Date>;
    provider: Generated<"stripe" | "external">;
    reference: string | null;
  };
  payment_failures: {
    charge_id: string;
    payment_id: string;
    code: string;
    decline_code: string | null;
    at: Generated<Date>;
  };
  refunds: Waits & {
    id: string;
    order_id: string;
    payment_id: string;
    /** Money that came by other means is given back by hand. */
    provider: Generated<"stripe" | "external">;
    intention: string | null;
    status: Generated<RefundStatus>;
    version: Generated<number>;
    amount_minor: number;
    currency: string;
    reason: string;
    note: string | null;
    actor: string;
    asked_at: Date | null;
    create_try: Generated<number>;
    stripe_id: string | null;
    failure: string | null;
    observed_at: Date | null;
    created_at: Generated<Date>;
    settled_at: Date | null;
  };
  refund_lines: { refund_id: string; sku: string; quantity: number; worth_minor: number };
  disputes: Waits & {
    id: string;
    order_id: string;
    payment_id: string;
    status: DisputeStatus;
    version: Generated<number>;
    amount_minor: number;
    currency: string;
    reason: string;
    evidence_due_at: Date | null;
    observed_at: Date;
    opened_at: Generated<Date>;
    closed_at: Date | null;
    is_answered: Generated<boolean>;
    is_inquiry: Generated<boolean>;
  };
  ledger_entries: {
    movement: string;
    account: LedgerAccount;
    order_id: string | null;
    payment_id: string | null;
    amount_minor: number;
    currency: string;
    at: Generated<Date>;
  };
  webhook_events: Waits & {
    id: string;
    source: "webhook" | "cursor";
    type: string;
    topic: EventTopic;
    intent_id: string | null;
    payment_id: string | null;
    received_at: Generated<Date>;
    status: EventStatus;
    settled_at: Date | null;
  };
  webhook_bodies: {
    event_id: string;
    body: Buffer;
    headers: JSONColumnType<Record<string, string>> | null;
    stored_at: Generated<Date>;
  };
  stripe_cursors: {
    name: string;
    version: Generated<number>;
    position: Generated<Date>;
    due_at: Generated<Date>;
    round: Generated<number>;
    sweeps: Generated<number>;
    last_error: string | null;
    failing_since: Date | null;
    findings: JSONColumnType<Record<string, unknown>>;
  };
  breaks: Waits & {
    id: string;
    object_id: string;
    fault: "unknown_here" | "unknown_at_stripe" | "differs";
    order_id: string | null;
    payment_id: string | null;
    ours: JSONColumnType<Record<string, unknown>> | null;
    theirs: JSONColumnType<Record<string, unknown>> | null;
    status: Generated<BreakStatus>;
    outcome: string | null;
    found_at: Generated<Date>;
    settled_at: Date | null;
  };
}
