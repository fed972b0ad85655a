import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import { leased } from "../../db/clock.ts";
import type { Trx } from "../../db/transaction.ts";
import type { Hint } from "../../queues/hint.ts";

/**
 * Lets orders stand whose money is on its way, or awaits an operator; but not past the time for
 * which stock may be held.
 */
export async function lookAgainInAnHour(
  trx: Trx,
  settings: Pick<Settings, "HOLD_MAX_MINUTES">,
  orderIds: readonly string[],
): Promise<void> {
  if (orderIds.length === 0) return;
  const most = settings.HOLD_MAX_MINUTES * 60;
  await sql`
    UPDATE orders SET due_at = CASE
      WHEN held_at + make_interval(secs => ${most}) > now()
      THEN least(now() + interval '1 hour', held_at + make_interval(secs => ${most}))
      ELSE now() + interval '1 hour' END, last_error = NULL
    WHERE id = ANY(${orderIds}::uuid[]) AND status = 'awaiting_payment'`.execute(trx);
}

/** Lets closing orders ask Stripe at once: what kept their payment open is over. */
export async function askAgain(
  trx: Trx,
  settings: Settings,
  orderIds: readonly string[],
): Promise<Hint[]> {
  if (orderIds.length === 0) return [];
  const { rows } = await sql<{ id: string; order: string; version: number; round: number }>`
    UPDATE orders SET due_at = ${leased(settings)}, last_error = NULL
    WHERE id = ANY(${orderIds}::uuid[]) AND closing IS NOT NULL
    RETURNING id, number AS "order", version, round`.execute(trx);
  return rows.map((row) => ({ queue: "payment", kind: "close_order", ...row }));
}
