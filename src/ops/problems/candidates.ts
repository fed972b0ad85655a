import { type RawBuilder, sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { moneyIsFlagged } from "../../orders/attention.ts";
import {
  breakSettledWithin,
  healsWithin,
  messageWithin,
  refundArrivesWithin,
  refundAskedWithin,
} from "../diagnosis/patience.ts";

/** Of one kind of trouble so many rows are looked at; in an outage there may be far more. */
const mostRows = 5_000;
/** A message that failed so long ago, and that nobody missed, is history. */
const messageDays = 30;

const seconds = (count: number) => sql`make_interval(secs => ${count})`;
const isLate = sql`due_at < now() - ${seconds(healsWithin)}`;
/** The very words of the indexes of rows in trouble. */
const isInTrouble = sql`due_at IS NOT NULL AND (last_error IS NOT NULL OR sweeps > 2)`;

/** The payments of events that wait in vain, as their orders. */
const ordersOfEvents = (condition: RawBuilder<unknown>) => sql`
  SELECT payments.order_id FROM (
    SELECT payment_id FROM webhook_events WHERE ${condition} LIMIT ${mostRows}
  ) AS events JOIN payments ON payments.id = payment_id`;

const ordersOf = (table: string, condition: RawBuilder<unknown>) => sql`
  SELECT order_id FROM (
    SELECT order_id FROM ${sql.table(table)} WHERE ${condition} LIMIT ${mostRows}
  ) AS rows`;

/** Where money or stock is in trouble, each found by an index that holds only such rows. */
const serious: RawBuilder<unknown>[] = [
  sql`SELECT id AS order_id FROM orders WHERE ${moneyIsFlagged}`,
  sql`SELECT id FROM orders WHERE ${isInTrouble}`,
  sql`SELECT id FROM orders WHERE ${isLate}`,
  sql`SELECT id FROM orders WHERE status = 'awaiting_payment' AND closing IS NULL
    AND expires_at < now() - ${seconds(healsWithin)}`,
  ordersOf("payments", isInTrouble),
  ordersOf("payments", isLate),
  ordersOf(
    "refunds",
    sql`status = 'requested' AND created_at < now() - ${seconds(refundAskedWithin)}`,
  ),
  ordersOf(
    "refunds",
    // Its failures tell sooner than its age: an account without money refunds nobody.
    sql`status = 'requested' AND last_error IS NOT NULL`,
  ),
  ordersOf(
    "refunds",
    sql`status = 'pending' AND created_at < now() - ${seconds(refundArrivesWithin)}`,
  ),
  ordersOf("disputes", sql`due_at IS NOT NULL`),
  ordersOfEvents(sql`due_at IS NOT NULL
    AND (last_error IS NOT NULL OR sweeps > 2 OR status = 'unmatched')`),
  ordersOfEvents(isLate),
  ordersOf(
    "breaks",
    sql`status = 'open' AND order_id IS NOT NULL
      AND found_at < now() - ${seconds(breakSettledWithin)}`,
  ),
];

/** Where only a message is: an outage of a supplier makes thousands, and they come last. */
const untold: RawBuilder<unknown>[] = [
  ordersOf("notifications", isLate),
  lateMessages(),
  failedMessages(),
];

const tiers = [serious, untold];

function lateMessages(): RawBuilder<unknown> {
  return ordersOf(
    "notifications",
    sql`(status = 'failed' OR (${isInTrouble})) AND status <> 'failed'
      AND created_at < now() - ${seconds(messageWithin)}`,
  );
}

/** Those that nobody has sent again or dealt with since. */
function failedMessages(): RawBuilder<unknown> {
  return sql`
    SELECT failed.order_id FROM (
      SELECT id, order_id, coalesce(claimed_at, created_at) AS at FROM notifications
      WHERE (status = 'failed' OR (${isInTrouble})) AND status = 'failed'
        AND created_at > now() - make_interval(days => ${messageDays})
      ORDER BY created_at DESC LIMIT ${mostRows}
    ) AS failed JOIN orders ON orders.id = failed.order_id
    WHERE (settled_at IS NULL OR settled_at < failed.at)
      AND NOT EXISTS (SELECT FROM notifications WHERE resend_of = failed.id)`;
}

/** An order that something may be the matter with, and how serious the sign of it is. */
export type Candidate = { id: string; tier: number };

/** A candidate as text, to go on behind it. */
export const cursorOf = ({ tier, id }: Candidate) => `${tier}~${id}`;
export const cursorPattern = /^\d~[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Orders that something may be the matter with, the more serious signs first, and then the oldest:
 * a page of them, after the one that is named. Whether it is, their facts tell.
 */
export async function findCandidates(
  db: Db,
  { limit, after }: { limit: number; after: string | null },
): Promise<Candidate[]> {
  const looks = tiers.flatMap((signs, tier) =>
    signs.map(
      (sign) => sql`(SELECT s.*, ${sql.lit(tier)}::integer FROM (${sign}) AS s
      LIMIT ${mostRows})`,
    ),
  );
  const [tier = "0", id = null] = after?.split("~") ?? [];
  const { rows } = await sql<Candidate>`
    WITH signs (order_id, tier) AS MATERIALIZED (${sql.join(looks, sql` UNION ALL `)}),
    ranked AS (SELECT order_id AS id, min(tier) AS tier FROM signs GROUP BY 1)
    SELECT id, tier FROM ranked
    WHERE ${id}::uuid IS NULL OR (tier, id) > (${tier}::integer, ${id}::uuid)
    ORDER BY tier, id LIMIT ${limit}`.execute(db);
  return rows;
}
