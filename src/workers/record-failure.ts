import { sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import { inTransaction } from "../db/transaction.ts";
import { flag } from "../orders/attention.ts";
import {
  begins,
  failingSince,
  isUnbegun,
  longestBackoff,
  tableOf,
} from "../queues/waiting-rows.ts";
import { mostCounted } from "./sweep.ts";

/** After so many recorded failures a person should look; the row is still retried. */
const roundsBeforeAttention = 5;

/**
 * Books that a job failed for good: the row's next round comes after a long backoff, under a
 * new job id, so that the failed job that people see never blocks the healing.
 */
export async function recordFailure(
  db: Db,
  settings: Pick<Settings, "BACKOFF_SECONDS" | "HOLD_MAX_MINUTES">,
  job: { kind: string; id: string },
  reason: string,
): Promise<{ round: number; orderId: string | null } | null> {
  const table = tableOf(job.kind);
  if (!table) return null;
  const backoffs = settings.BACKOFF_SECONDS;
  return await inTransaction(db, async (trx) => {
    const orderId = await lockOrderOf(trx, table.name, job.id);
    const { rows } = await sql<{ round: number }>`
      UPDATE ${sql.table(table.name)} SET round = least(round + 1, ${mostCounted}), sweeps = 0,
        ${failingSince(table.name)}, last_error = ${reason},
        due_at = least(now() + make_interval(secs => least(
          (${backoffs}::double precision[])[least(round + 1, ${backoffs.length})],
          ${longestBackoff(table, job.id)})), ${table.latest?.(settings) ?? sql`NULL`})
      WHERE ${sql.ref(table.id)} = ${job.id} AND due_at IS NOT NULL
        AND (NOT ${begins(job.kind)}::boolean OR ${isUnbegun(table)})
      RETURNING round`.execute(trx);
    const round = rows[0]?.round;
    if (round === undefined) return null;
    if (round >= roundsBeforeAttention && orderId) {
      await flag(trx, [{ orderId, code: `${job.kind}_keeps_failing` }], "worker");
    }
    return { round, orderId };
  });
}

/** Orders come first in the lock order, whatever row of theirs is booked. */
async function lockOrderOf(
  trx: Parameters<typeof flag>[0],
  table: string,
  id: string,
): Promise<string | null> {
  const owner = {
    orders: sql`SELECT ${id}::uuid`,
    payments: sql`SELECT order_id FROM payments WHERE id = ${id}::uuid`,
    notifications: sql`SELECT order_id FROM notifications WHERE id = ${id}::uuid`,
    refunds: sql`SELECT order_id FROM refunds WHERE id = ${id}::uuid`,
    disputes: sql`SELECT order_id FROM disputes WHERE id = ${id}`,
    breaks: sql`SELECT order_id FROM breaks WHERE id = ${id}::uuid`,
    webhook_deliveries: sql`SELECT order_id FROM webhook_deliveries WHERE id = ${id}::uuid`,
    webhook_events: sql`SELECT order_id FROM payments JOIN webhook_events
      ON webhook_events.payment_id = payments.id WHERE webhook_events.id = ${id}`,
  }[table];
  if (!owner) return null;
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM orders WHERE id = (${owner}) FOR NO KEY UPDATE`.execute(trx);
  return rows[0]?.id ?? null;
}
