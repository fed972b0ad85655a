import { sql } from "kysely";
import { asText } from "../../db/clock.ts";
import type { Trx } from "../../db/transaction.ts";
import type { SeenDispute } from "../../payments/dispute.ts";
import type { DisputeStatus } from "../../payments/lifecycle.ts";
import { lockOrdersOf } from "../lock-orders.ts";

/** An open dispute, or an inquiry, is looked at so often, though no event told of it. */
const openSeconds = 6 * 3_600;

/** A disputed payment with its order. */
export type DisputedPayment = { paymentId: string; orderId: string; orderNumber: string };
export type KnownDispute = { id: string; status: DisputeStatus; observedAt: string };
export type DisputeChange = {
  payment: DisputedPayment;
  seen: SeenDispute;
  /** Null for one that we did not know. */
  from: DisputeStatus | null;
  observedAt: string;
};

/** Locks the payments' orders, and reads both. */
export async function lockPaymentsOf(
  trx: Trx,
  ids: readonly string[],
): Promise<Map<string, DisputedPayment>> {
  await lockOrdersOf(trx, "payments", ids);
  const { rows } = await sql<DisputedPayment>`
    SELECT payments.id AS "paymentId", orders.id AS "orderId", number AS "orderNumber"
    FROM payments JOIN orders ON orders.id = order_id
    WHERE payments.id = ANY(${ids}::uuid[])`.execute(trx);
  return new Map(rows.map((row) => [row.paymentId, row]));
}

/**
 * The orders are locked, so nobody else changes what is read here, and disputes need no lock of
 * their own. The sweeper and jobs that come back later set their clocks without it.
 */
export async function readDisputes(
  trx: Trx,
  ids: readonly string[],
): Promise<Map<string, KnownDispute>> {
  const { rows } = await sql<KnownDispute>`
    SELECT id, status, ${asText(sql.ref("observed_at"))} AS "observedAt"
    FROM disputes WHERE id = ANY(${ids}::text[])`.execute(trx);
  return new Map(rows.map((row) => [row.id, row]));
}

/** What the ledger has of disputes as lost: how much, and how often that was booked or undone. */
export type BookedLoss = { amountMinor: number; lost: number; reinstated: number };

/** The losses of the payments' disputes, by the dispute. The orders are locked. */
export async function readLosses(
  trx: Trx,
  paymentIds: readonly string[],
): Promise<Map<string, BookedLoss>> {
  const { rows } = await sql<BookedLoss & { id: string }>`
    SELECT split_part(movement, ':', 2) AS id, sum(amount_minor)::bigint AS "amountMinor",
      count(*) FILTER (WHERE amount_minor > 0) AS lost,
      count(*) FILTER (WHERE amount_minor < 0) AS reinstated
    FROM ledger_entries
    WHERE payment_id = ANY(${paymentIds}::uuid[]) AND account = 'losses'
    GROUP BY 1`.execute(trx);
  return new Map(rows.map(({ id, ...loss }) => [id, loss]));
}

/** Writes what was seen: new rows, and new states of known ones. */
export async function saveDisputes(trx: Trx, changes: readonly DisputeChange[]): Promise<void> {
  if (changes.length === 0) return;
  await sql`
    INSERT INTO disputes (id, order_id, payment_id, status, amount_minor, currency, reason,
      evidence_due_at, opened_at, observed_at, is_answered, is_inquiry, closed_at, due_at)
    SELECT d.*, CASE WHEN d.status IN ('won', 'lost') THEN now() END,
      CASE WHEN d.status IN ('inquiry', 'open')
        THEN now() + make_interval(secs => ${openSeconds}) END
    FROM unnest(
      ${changes.map(({ seen }) => seen.id)}::text[],
      ${changes.map(({ payment }) => payment.orderId)}::uuid[],
      ${changes.map(({ payment }) => payment.paymentId)}::uuid[],
      ${changes.map(({ seen }) => seen.status)}::text[],
      ${changes.map(({ seen }) => seen.amountMinor)}::bigint[],
      ${changes.map(({ seen }) => seen.currency)}::text[],
      ${changes.map(({ seen }) => seen.reason)}::text[],
      ${changes.map(({ seen }) => seen.evidenceDueAt)}::timestamptz[],
      ${changes.map(({ seen }) => seen.createdAt)}::timestamptz[],
      ${changes.map(({ observedAt }) => observedAt)}::timestamptz[],
      ${changes.map(({ seen }) => seen.isAnswered)}::boolean[],
      ${changes.map(({ seen }) => seen.isInquiry)}::boolean[]
    ) AS d (id, order_id, payment_id, status, amount_minor, currency, reason, evidence_due_at,
      opened_at, observed_at, is_answered, is_inquiry)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, amount_minor = excluded.amount_minor,
      reason = excluded.reason, evidence_due_at = excluded.evidence_due_at,
      observed_at = excluded.observed_at, is_answered = excluded.is_answered,
      is_inquiry = excluded.is_inquiry,
      closed_at = CASE WHEN excluded.closed_at IS NOT NULL
        THEN coalesce(disputes.closed_at, excluded.closed_at) END,
      due_at = excluded.due_at,
      version = disputes.version + 1, round = 0, sweeps = 0, last_error = NULL`.execute(trx);
}
