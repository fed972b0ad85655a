import type { Generated, JSONColumnType } from "kysely";

/** The tables of those who work on the operators' pages, and of what these show. */
export interface OpsTables {
  operators: {
    name: string;
    role: "viewer" | "operator" | "admin";
    password: string;
    created_at: Generated<Date>;
    disabled_at: Date | null;
  };
  operator_sessions: {
    id: Buffer;
    operator: string;
    created_at: Generated<Date>;
    seen_at: Generated<Date>;
    expires_at: Date;
  };
  sign_in_failures: {
    name: number;
    caller: number;
    failures: number;
    locked_until: Date;
    at: Date;
  };
  operator_acts: {
    id: string;
    actor: string;
    act: string;
    order_id: string | null;
    subject: string | null;
    reason: string;
    input: JSONColumnType<Record<string, unknown>>;
    idempotency_key: string;
    fingerprint: Buffer;
    outcome: JSONColumnType<Record<string, unknown>>;
    at: Generated<Date>;
  };
  invariant_findings: {
    name: string;
    promise: string;
    examined: number;
    broken: number;
    rows: JSONColumnType<Record<string, unknown>[]>;
    checked_at: Generated<Date>;
  };
  invariant_rounds: {
    only_one: Generated<boolean>;
    due_at: Generated<Date>;
    rest_seconds: Generated<number>;
  };
}
