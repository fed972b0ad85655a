import { sql } from "kysely";
import { connect } from "../../../src/db/connect.ts";
import { inTransaction } from "../../../src/db/transaction.ts";
import { createLog } from "../../../src/log.ts";

/** So much later it can be for one order that waits for its payment. */
export const leaps = [
  { id: "an_hour_later", label: "An hour passes", hours: 1 },
  { id: "three_hours_later", label: "Three hours pass", hours: 3 },
] as const;
type Leap = (typeof leaps)[number];

/** Puts an order's clock ahead, since nobody watches for an hour how a hold ends. */
export type OrderClock = (orderId: string, leap: Leap) => Promise<boolean>;

/**
 * Moves back what the order's clock counts from, and nothing else: what follows is Aurora's own
 * doing. False where the order waits for no payment.
 */
export function orderClock(databaseUrl: string): OrderClock {
  const log = createLog("switchboard", { level: "warn", format: "pretty" });
  return async (orderId, { hours }) => {
    const settings = { DATABASE_URL: databaseUrl, DATABASE_POOL: 1 };
    const db = connect(settings, log, { name: "aurora switchboard" });
    const back = sql`make_interval(hours => ${hours})`;
    try {
      return await inTransaction(db, async (trx) => {
        const { rows } = await sql`
          UPDATE orders SET expires_at = expires_at - ${back}, held_at = held_at - ${back},
            due_at = due_at - ${back}
          WHERE id = ${orderId}::uuid AND status = 'awaiting_payment'
          RETURNING id`.execute(trx);
        await sql`
          UPDATE payments SET due_at = due_at - ${back}
          WHERE order_id = ${orderId}::uuid
            AND status IN ('pending', 'action_required')`.execute(trx);
        return rows.length > 0;
      });
    } finally {
      await db.destroy();
    }
  };
}
