import { type RawBuilder, sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { lostDeliveries } from "../../notifications/lifecycle.ts";
import { moneyIsFlagged } from "../../orders/attention.ts";
import { lastCallSeconds } from "../diagnosis/disputes.ts";
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

/** Where a person has dealt with all that happened until then. */
const isNewSince = (at: RawBuilder<unknown>) =>
  sql`(orders.settled_at IS NULL OR orders.settled_at < ${at})`;

/** Each found by an index that holds only such rows; what hurts most comes first. */
const tiers: readonly RawBuilder<unknown>[][] = [
  [sql`SELECT id AS order_id FROM orders WHERE ${moneyIsFlagged}`],
  [
    ordersOfEvents(sql`due_at IS NOT NULL
      AND (last_error IS NOT NULL OR sweeps > 2 OR status = 'unmatched')`),
    ordersOfEvents(isLate),
  ],
  [openDisputes()],
  [
    ordersOf(
      "refunds",
      sql`status = 'requested' AND created_at < now() - ${seconds(refundAskedWithin)}`,
    ),
    // Its failures tell sooner than its age: an account without money refunds nobody.
    ordersOf("refunds", sql`status = 'requested' AND last_error IS NOT NULL`),
    ordersOf(
      "refunds",
      sql`status = 'pending' AND created_at < now() - ${seconds(refundArrivesWithin)}`,
    ),
  ],
  [
    sql`SELECT id FROM orders WHERE status = 'awaiting_payment' AND closing IS NULL
      AND expires_at < now() - ${seconds(healsWithin)}`,
    sql`SELECT id FROM orders WHERE ${isInTrouble}`,
    sql`SELECT id FROM orders WHERE ${isLate}`,
    ordersOf("payments", isInTrouble),
    ordersOf("payments", isLate),
  ],
  [openBreaks()],
  // An outage of a supplier makes thousands of these.
  [lateMessages(), failedMessages(), lostMessages(), givenUpWebhooks()],
];

/** An answer that is with the bank is only waited for; one that was looked at calls once more. */
function openDisputes(): RawBuilder<unknown> {
  const lastCall = sql`evidence_due_at - ${seconds(lastCallSeconds)}`;
  return sql`
    SELECT order_id FROM disputes JOIN orders ON orders.id = order_id
    WHERE disputes.due_at IS NOT NULL AND NOT is_answered AND (
      ${isNewSince(sql`opened_at`)} OR (orders.settled_at < ${lastCall} AND ${lastCall} <= now())
    )`;
}

function openBreaks(): RawBuilder<unknown> {
  return sql`
    SELECT order_id FROM breaks JOIN orders ON orders.id = order_id
    WHERE breaks.status = 'open' AND found_at < now() - ${seconds(breakSettledWithin)}
      AND ${isNewSince(sql`found_at`)}`;
}

/** Until then a late message is no problem; and only those that are late or failing are. */
function lateMessages(): RawBuilder<unknown> {
  const isOld = sql`created_at < now() - ${seconds(messageWithin)}`;
  const inTrouble = sql`(status = 'failed' OR (${isInTrouble})) AND status <> 'failed'`;
  return sql`${ordersOf("notifications", sql`${inTrouble} AND ${isOld}`)}
    UNION ALL ${ordersOf("notifications", sql`${isLate} AND ${isOld}`)}`;
}

/** Those that nobody has sent again or dealt with since. */
function failedMessages(): RawBuilder<unknown> {
  return sql`
    SELECT failed.order_id FROM (
      SELECT id, order_id, coalesce(claimed_at, created_at) AS at FROM notifications
      WHERE (status = 'failed' OR (${isInTrouble})) AND status = 'failed'
        AND recipient = 'customer' AND created_at > now() - make_interval(days => ${messageDays})
      ORDER BY created_at DESC LIMIT ${mostRows}
    ) AS failed JOIN orders ON orders.id = failed.order_id
    WHERE ${isNewSince(sql`failed.at`)}
      AND NOT EXISTS (SELECT FROM notifications WHERE resend_of = failed.id)`;
}

/** Those that left and came back, in the same way. */
function lostMessages(): RawBuilder<unknown> {
  return sql`
    SELECT lost.order_id FROM (
      SELECT id, order_id, delivery_told_at AS at FROM notifications
      WHERE delivery IN (${sql.join(lostDeliveries.map((each) => sql.lit(each)))})
        AND recipient = 'customer'
        AND delivery_told_at > now() - make_interval(days => ${messageDays})
      ORDER BY delivery_told_at DESC LIMIT ${mostRows}
    ) AS lost JOIN orders ON orders.id = lost.order_id
    WHERE ${isNewSince(sql`lost.at`)}
      AND NOT EXISTS (SELECT FROM notifications WHERE resend_of = lost.id)`;
}

/** Those that nobody has told again or dealt with since. */
function givenUpWebhooks(): RawBuilder<unknown> {
  return sql`
    SELECT failed.order_id FROM (
      SELECT id, order_id, ended_at FROM webhook_deliveries
      WHERE status = 'failed' AND created_at > now() - make_interval(days => ${messageDays})
      ORDER BY created_at DESC LIMIT ${mostRows}
    ) AS failed JOIN orders ON orders.id = failed.order_id
    WHERE ${isNewSince(sql`ended_at`)}
      AND NOT EXISTS (SELECT FROM webhook_deliveries WHERE replay_of = failed.id)`;
}

/** An order that something may be the matter with, how serious the sign is, and its money. */
export type Candidate = { id: string; tier: number; totalMinor: number };

/** A candidate as text, to go on behind it. */
export const cursorOf = ({ tier, totalMinor, id }: Candidate) => `${tier}~${totalMinor}~${id}`;
export const cursorPattern = /^\d~\d{1,15}~[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Orders that something may be the matter with: the more serious signs first, then the more money,
 * then the oldest. A page of them, after the one that is named. Whether it is, their facts tell.
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
  const [tier = "0", total = "0", id = null] = after?.split("~") ?? [];
  const { rows } = await sql<Candidate>`
    WITH signs (order_id, tier) AS MATERIALIZED (${sql.join(looks, sql` UNION ALL `)}),
    ranked AS (
      SELECT order_id AS id, min(tier) AS tier, (
        SELECT total_minor FROM orders WHERE orders.id = order_id
      ) AS total_minor FROM signs GROUP BY 1
    )
    SELECT id, tier, total_minor AS "totalMinor" FROM ranked
    WHERE ${id}::uuid IS NULL
      OR (tier, -total_minor, id) > (${tier}::integer, -${total}::bigint, ${id}::uuid)
    ORDER BY tier, total_minor DESC, id LIMIT ${limit}`.execute(db);
  return rows;
}
