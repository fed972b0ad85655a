import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Db } from "../../../src/db/connect.ts";
import { inTransaction } from "../../../src/db/transaction.ts";

/** What is kept for a time only: where each kind is, and when a row of it has to go. */
const kinds = {
  persons: { table: "order_contacts", isDue: "erase_at <= now()" },
  keys: { table: "idempotency_keys", isDue: "created_at < now() - interval '7 days'" },
  bodies: { table: "webhook_bodies", isDue: "stored_at < now() - interval '30 days'" },
  reports: { table: "delivery_reports", isDue: "received_at < now() - interval '30 days'" },
  deliveries: { table: "webhook_deliveries", isDue: "ended_at < now() - interval '30 days'" },
} as const;
export type Kind = keyof typeof kinds;

/** What the orders of a generated history would have left, had nobody kept the house. */
const leftBehind = (endpoint: string) => [
  // Persons of orders that were placed since then are kept.
  `UPDATE order_contacts SET erase_at = now() - interval '1 hour'
  WHERE erase_at < now() + interval '380 days'`,
  `INSERT INTO idempotency_keys
    (shop_id, operation, key, fingerprint, resource_id, created_at)
  SELECT shop_id, 'place_order', 'due-' || number, sha256(convert_to(number, 'UTF8')), id,
    placed_at FROM orders WHERE placed_at < now() - interval '31 days' ORDER BY placed_at`,
  `INSERT INTO webhook_bodies (event_id, body, headers, stored_at)
  SELECT id, convert_to(repeat(md5(id), 60), 'UTF8'), '{"user-agent": "Stripe/1.0"}', received_at
  FROM webhook_events WHERE settled_at < now() - interval '31 days' ORDER BY received_at`,
  // SendGrid tells that it has taken a message, and that it has arrived.
  `INSERT INTO delivery_reports (id, notification_id, delivery, at, received_at)
  SELECT md5(id::text || told), id, told, sent_at, sent_at
  FROM notifications CROSS JOIN unnest(ARRAY['accepted', 'delivered']) AS told
  WHERE sent_at < now() - interval '31 days' ORDER BY sent_at`,
  // It was told every event, and is told nothing more: the load stays the same.
  `INSERT INTO webhook_endpoints (id, shop_id, url, status, key_id, sealed)
  SELECT '${endpoint}', id, 'https://erp.example/aurora', 'disabled', 'none', ''
  FROM shops ORDER BY created_at, id LIMIT 1`,
  `INSERT INTO webhook_deliveries
    (endpoint_id, order_id, seq, status, tries, http_status, created_at, ended_at)
  SELECT '${endpoint}', order_id, seq, 'delivered', 1, 204, at, at
  FROM order_events WHERE at < now() - interval '31 days' ORDER BY at`,
  `INSERT INTO webhook_attempts (delivery_id, nr, at, milliseconds, http_status)
  SELECT id, 1, ended_at, 9, 204 FROM webhook_deliveries`,
];

/** Has all of a history fall due that is kept for a time only. */
export async function makeDue(db: Db): Promise<void> {
  await byItself(db, leftBehind(randomUUID()));
  for (const { table } of [...Object.values(kinds), { table: "webhook_attempts" }]) {
    await sql`VACUUM (ANALYZE) ${sql.table(table)}`.execute(db);
  }
  await sql`CHECKPOINT`.execute(db);
}

/** How many rows of each kind are due to go. */
export async function countDue(db: Db): Promise<Record<Kind, number>> {
  const counts = Object.entries(kinds).map(
    ([kind, { table, isDue }]) => `(SELECT count(*) FROM ${table} WHERE ${isDue}) AS "${kind}"`,
  );
  const { rows } = await sql.raw<Record<Kind, number>>(`SELECT ${counts.join(", ")}`).execute(db);
  return rows[0] ?? byKind(() => Number.NaN);
}

/** For how long PostgreSQL has deleted of each kind, in ms; persons take many statements: 0. */
export async function deletingTimes(db: Db): Promise<Record<Kind, number>> {
  const times = Object.entries(kinds).map(
    ([kind, { table }]) => `coalesce(sum(total_exec_time) FILTER (
      WHERE query LIKE '%DELETE FROM "${table}" WHERE ctid%'), 0) AS "${kind}"`,
  );
  const { rows } = await sql
    .raw<Record<Kind, number>>(`SELECT ${times.join(", ")} FROM pg_stat_statements`)
    .execute(db);
  return rows[0] ?? byKind(() => Number.NaN);
}

/** Takes away what is still due, so that no house-keeping finds it. */
export async function takeAway(db: Db): Promise<void> {
  const all = Object.values(kinds).map(({ table, isDue }) => `DELETE FROM ${table} WHERE ${isDue}`);
  await byItself(db, ["DELETE FROM webhook_attempts", ...all]);
}

/** All in one transaction, and without a look at foreign keys: the rows fit. */
async function byItself(db: Db, statements: readonly string[]): Promise<void> {
  await inTransaction(db, async (trx) => {
    await sql`SET LOCAL session_replication_role = replica`.execute(trx);
    for (const statement of statements) await sql.raw(statement).execute(trx);
  });
}

export function byKind(of: (kind: Kind) => number): Record<Kind, number> {
  const all = Object.keys(kinds) as Kind[];
  return Object.fromEntries(all.map((kind) => [kind, of(kind)])) as Record<Kind, number>;
}
