import { sql } from "kysely";
import type { Settings } from "../config.ts";
import { nowAsText } from "../db/clock.ts";
import type { Db } from "../db/connect.ts";
import { type PaymentStatus, paymentClocks } from "../payments/lifecycle.ts";
import type { Hint, QueueName } from "../queues/hint.ts";
import { leased } from "./order-clock.ts";

/** What was asked for: the payment to watch and since when, or null where nothing can change. */
export type Refresh = { paymentId: string; since: string } | null;

/** A payment that was looked at so lately is not looked at again. */
const restSeconds = 1;

/**
 * Makes an order's living payment due at once: a customer came back from paying and wants to know.
 * Stripe is asked by a job; a lost hint is made up for by the row's own clock.
 */
export async function refreshPayment(
  db: Db,
  settings: Pick<Settings, "LEASE_SECONDS">,
  orderId: string,
): Promise<{ refresh: Refresh; hints: Hint[] }> {
  type Row = { id: string; status: PaymentStatus; version: number; round: number };
  const { rows } = await sql<Row & { order: string; since: string; rested: boolean }>`
    WITH live AS MATERIALIZED (
      SELECT id FROM payments WHERE order_id = ${orderId} AND due_at IS NOT NULL
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE payments SET due_at = least(due_at, ${leased(settings)}) FROM live, orders
    WHERE payments.id = live.id AND orders.id = payments.order_id
    RETURNING payments.id, payments.status, payments.version, payments.round,
      orders.number AS "order", ${nowAsText} AS since,
      coalesce(observed_at < clock_timestamp() - make_interval(secs => ${restSeconds}), true)
        AS rested`.execute(db);
  const [row] = rows;
  if (!row) return { refresh: null, hints: [] };
  const { id, status, version, round, order, since, rested } = row;
  const clock = paymentClocks[status];
  if (!rested || clock === "rests") return { refresh: null, hints: [] };
  const [queue, kind = ""] = clock.wakes.split("/");
  const hint = { queue: queue as QueueName, kind, id, version, round, order };
  return { refresh: { paymentId: id, since }, hints: [hint] };
}

/** Whether Stripe has been looked at since the refresh was asked for. */
export async function isRefreshed(db: Db, refresh: Exclude<Refresh, null>): Promise<boolean> {
  const { rows } = await sql<{ done: boolean }>`
    SELECT coalesce(observed_at >= ${refresh.since}::timestamptz, false) OR due_at IS NULL AS done
    FROM payments WHERE id = ${refresh.paymentId}`.execute(db);
  return rows[0]?.done ?? true;
}
