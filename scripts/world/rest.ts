import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import type { Db } from "../../src/db/connect.ts";

const pauseMs = 50;

type Waiting = Record<
  "orders" | "payments" | "refunds" | "events" | "messages" | "webhooks",
  number
>;

const none: Waiting = { orders: 0, payments: 0, refunds: 0, events: 0, messages: 0, webhooks: 0 };

/**
 * Waits until all of these orders rest, with everything that belongs to them: nothing to reserve,
 * to pay, to close, to give back, to read at Stripe or to tell. An open dispute is a bank's to end.
 */
export async function untilAtRest(
  db: Db,
  orderIds: readonly string[],
  patienceMs: number,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const waiting = await countWaiting(db, orderIds);
    if (Object.values(waiting).every((count) => count === 0)) return;
    if (performance.now() > deadline) {
      const left = Object.entries(waiting).map(([what, count]) => `${count} ${what}`);
      throw new Error(`After ${patienceMs / 1_000} s there still wait ${left.join(", ")}.`);
    }
    await delay(pauseMs);
  }
}

async function countWaiting(db: Db, orderIds: readonly string[]): Promise<Waiting> {
  const { rows } = await sql<Waiting>`
    WITH chosen AS (SELECT unnest(${orderIds}::uuid[]) AS id)
    SELECT
      (SELECT count(*) FROM orders JOIN chosen USING (id) WHERE due_at IS NOT NULL) AS orders,
      (SELECT count(*) FROM payments JOIN chosen ON chosen.id = order_id
        WHERE due_at IS NOT NULL) AS payments,
      (SELECT count(*) FROM refunds JOIN chosen ON chosen.id = order_id
        WHERE due_at IS NOT NULL) AS refunds,
      (SELECT count(*) FROM webhook_events AS event
        JOIN payments ON payments.id = payment_id JOIN chosen ON chosen.id = order_id
        WHERE event.due_at IS NOT NULL) AS events,
      (SELECT count(*) FROM notifications JOIN chosen ON chosen.id = order_id
        WHERE due_at IS NOT NULL) AS messages,
      (SELECT count(*) FROM webhook_deliveries JOIN chosen ON chosen.id = order_id
        WHERE due_at IS NOT NULL) AS webhooks`.execute(db);
  return rows[0] ?? none;
}
