import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { liveStatuses } from "../../payments/lifecycle.ts";
import { advance } from "../advance.ts";
import { lockEndings } from "../lock-endings.ts";

/** So many orders of the copy end in one transaction. */
const pageSize = 100;

/** Why it ended, in the words of rows and histories. */
const because = "copied: it belongs to the installation that this database is a copy of";

type Row = { id: string; status: string };

/**
 * Ends the next page of orders that were copied with something still to come, and their payments
 * with them, without asking Stripe. Answers how many there were.
 */
export async function setAsideOrders(trx: Trx, settings: Settings, border: Date): Promise<number> {
  const { rows } = await sql<Row>`
    SELECT id, status FROM orders WHERE placed_at < ${border} AND (
      status IN ('draft', 'reserving', 'awaiting_payment') OR EXISTS (
        SELECT FROM payments WHERE order_id = orders.id AND payments.created_at < ${border}
          AND payments.status = ANY(${liveStatuses}::text[])
      )
    ) ORDER BY id LIMIT ${pageSize} FOR NO KEY UPDATE`.execute(trx);
  const ids = rows.map(({ id }) => id);
  await lockEndings(trx, ids);
  await endPayments(trx, ids, border);
  for (const [event, status] of [
    ["draft_expired", ["draft", "reserving"]],
    ["hold_expired", ["awaiting_payment"]],
  ] as const) {
    const moves = rows
      .filter((row) => status.some((each) => each === row.status))
      .map(({ id }) => ({ orderId: id, detail: { because: "copied" } }));
    await advance(trx, settings, event, moves, "operator");
  }
  await dropMessages(trx, ids);
  return rows.length;
}

async function endPayments(trx: Trx, orderIds: readonly string[], border: Date): Promise<void> {
  await sql`
    WITH locked AS MATERIALIZED (
      SELECT id FROM payments WHERE order_id = ANY(${orderIds}::uuid[])
        AND created_at < ${border} AND status = ANY(${liveStatuses}::text[])
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE payments SET status = 'cancelled', client_secret = NULL, due_at = NULL,
      version = version + 1, round = 0, sweeps = 0, last_error = ${because}
    FROM locked WHERE payments.id = locked.id`.execute(trx);
}

async function dropMessages(trx: Trx, orderIds: readonly string[]): Promise<void> {
  await sql`
    UPDATE notifications SET status = 'dropped', due_at = NULL, reason = ${because}
    WHERE order_id = ANY(${orderIds}::uuid[]) AND due_at IS NOT NULL`.execute(trx);
}

/**
 * Ends what else waits in the copy: messages, events in the inbox, refunds that were asked for
 * and differences with Stripe. The original has the same rows, and works them.
 */
export async function settleWhatWaits(trx: Trx, border: Date): Promise<void> {
  await sql`
    UPDATE refunds SET status = 'failed', failure = ${because}, due_at = NULL,
      settled_at = now(), version = version + 1
    WHERE status = 'requested' AND created_at < ${border}`.execute(trx);
  await sql`
    UPDATE notifications SET status = 'dropped', due_at = NULL, reason = ${because}
    WHERE due_at IS NOT NULL AND created_at < ${border}`.execute(trx);
  await sql`
    UPDATE webhook_events SET status = 'foreign', due_at = NULL, settled_at = now()
    WHERE due_at IS NOT NULL AND received_at < ${border}`.execute(trx);
  await sql`
    UPDATE breaks SET status = 'settled', outcome = 'set_aside', due_at = NULL, settled_at = now()
    WHERE due_at IS NOT NULL AND found_at < ${border}`.execute(trx);
}
