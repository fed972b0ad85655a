import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import { asText, leased } from "../../db/clock.ts";
import type { Db } from "../../db/connect.ts";
import { isPayable } from "../../payments/inbox.ts";
import { type PaymentStatus, paymentClocks } from "../../payments/lifecycle.ts";
import type { Hint, QueueName } from "../../queues/hint.ts";

/** How an order's payment stands towards somebody who wants to know at once. */
export type Refresh =
  /** Nothing can change, or what Stripe has answered just now is known. */
  | { state: "known" }
  /** Stripe is being asked since then. */
  | { state: "under_way"; paymentId: string; since: string }
  /** It may be asked. */
  | { state: "rested"; paymentId: string }
  /** It is not asked yet: coming back is worth while after so many seconds. */
  | { state: "later"; seconds: number };

/** Stripe's reads are few, and whoever holds an order's token may call: so long one call rests. */
const restSeconds = 5;
/** News may come any moment by a webhook: nobody is sent away for longer. */
const longestSeconds = 60;

/** A job that was told to wait, or that failed, is not called back before its time. */
const mustWait = sql<boolean>`(
  payments.last_error IS NOT NULL AND payments.due_at > now() AND ${isPayable})`;
const rested = sql<boolean>`coalesce(refresh_asked_at
  <= clock_timestamp() - make_interval(secs => ${restSeconds}), true)`;

/**
 * Looks at an order's living payment, and changes nothing. Of one that is still `created` there is
 * nothing to learn: the job that starts it is on its way.
 */
export async function lookAtRefresh(db: Db, orderId: string): Promise<Refresh> {
  type Row = { id: string; state: Refresh["state"]; since: string; seconds: number };
  const { rows } = await sql<Row>`
    SELECT id, CASE
        WHEN status = 'created' OR ${mustWait} THEN 'later'
        WHEN ${rested} THEN 'rested'
        WHEN observed_at >= refresh_asked_at THEN 'known'
        ELSE 'under_way'
      END AS state, ${asText(sql.ref("refresh_asked_at"))} AS since,
      CASE WHEN ${mustWait} THEN ceil(extract(epoch FROM due_at - now()))::float8 ELSE 1 END
        AS seconds
    FROM payments WHERE order_id = ${orderId} AND due_at IS NOT NULL`.execute(db);
  const [row] = rows;
  if (!row || row.state === "known") return { state: "known" };
  const { state, id: paymentId, since } = row;
  if (state === "rested") return { state, paymentId };
  if (state === "under_way") return { state, paymentId, since };
  return { state, seconds: Math.min(row.seconds, longestSeconds) };
}

/**
 * Makes a payment due at once: a customer came back from paying and wants to know. Stripe is asked
 * by a job; a lost hint is made up for by the row's own clock. Null when it may not be asked, such
 * as when somebody else was first.
 */
export async function askForRefresh(
  db: Db,
  settings: Pick<Settings, "LEASE_SECONDS">,
  paymentId: string,
): Promise<{ since: string; hint: Hint } | null> {
  type Row = { status: PaymentStatus; version: number; round: number };
  const { rows } = await sql<Row & { order: string; since: string }>`
    UPDATE payments SET refresh_asked_at = clock_timestamp(),
      due_at = least(payments.due_at, ${leased(settings)})
    FROM orders WHERE payments.id = ${paymentId} AND orders.id = payments.order_id
      AND payments.due_at IS NOT NULL AND payments.status <> 'created'
      AND NOT ${mustWait} AND ${rested}
    RETURNING payments.status, payments.version, payments.round, orders.number AS "order",
      ${asText(sql.ref("refresh_asked_at"))} AS since`.execute(db);
  const [row] = rows;
  if (!row) return null;
  const { status, since, ...about } = row;
  const clock = paymentClocks[status];
  if (clock === "rests") return null;
  const [queue, kind = ""] = clock.wakes.split("/");
  return { since, hint: { queue: queue as QueueName, kind, id: paymentId, ...about } };
}

/** Whether Stripe has been looked at since the refresh was asked for. */
export async function isRefreshed(
  db: Db,
  { paymentId, since }: Extract<Refresh, { state: "under_way" }>,
): Promise<boolean> {
  const { rows } = await sql<{ done: boolean }>`
    SELECT coalesce(observed_at >= ${since}::timestamptz, false) OR due_at IS NULL AS done
    FROM payments WHERE id = ${paymentId}`.execute(db);
  return rows[0]?.done ?? true;
}
