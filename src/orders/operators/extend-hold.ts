import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { InvariantBroken, Refused } from "../../errors.ts";
import type { Advanced } from "../advance.ts";
import { dueAfter } from "../order-clock.ts";
import { afterExpirySeconds } from "../paying/payment-rows.ts";
import { remark } from "../remark.ts";
import { type ActOn, lockHeld, note } from "./lock-order.ts";

/**
 * Gives the customer more time: goods stay held for so many more minutes, counted from the hold's
 * end, but never longer than stock may be held. The caller rings the new end's bucket.
 */
export async function extendHold(
  trx: Trx,
  settings: Settings,
  { orderId, minutes, actor }: ActOn & { minutes: number },
): Promise<{ expiresAt: Date } & Advanced> {
  const order = await lockHeld(trx, orderId, "its hold can be extended");
  const { expiresAt, mostMinutes } = await newEnd(trx, settings, orderId, minutes);
  if (minutes > mostMinutes) throw tooLong(settings, mostMinutes);
  // Only a look that was meant for the hold's end moves with it: a sooner one has its own reason.
  await sql`
    UPDATE payments SET due_at = ${expiresAt}::timestamptz
      + make_interval(secs => ${afterExpirySeconds})
    FROM orders WHERE orders.id = order_id AND order_id = ${orderId}::uuid
      AND payments.status IN ('pending', 'action_required')
      AND payments.due_at >= orders.expires_at`.execute(trx);
  await sql`
    UPDATE orders SET expires_at = ${expiresAt}::timestamptz, sweeps = 0,
      due_at = ${dueAfter(sql`${expiresAt}::timestamptz`, settings)}
    WHERE id = ${orderId}::uuid`.execute(trx);
  const end = new Date(expiresAt);
  const detail = { minutes, expiresAt: end.toISOString() };
  await remark(trx, [{ orderId, event: "hold_extended", detail }], actor);
  return { expiresAt: end, moved: [], hints: [], noted: note(order, "hold_extended") };
}

/** When the hold would end then, by PostgreSQL's clock, and how many minutes are possible. */
async function newEnd(
  trx: Trx,
  { HOLD_MAX_MINUTES }: Pick<Settings, "HOLD_MAX_MINUTES">,
  orderId: string,
  minutes: number,
): Promise<{ expiresAt: string; mostMinutes: number }> {
  const { rows } = await sql<{ expiresAt: string; mostMinutes: number }>`
    SELECT (ends + make_interval(secs => ${minutes * 60}))::text AS "expiresAt",
      greatest(0, floor(extract(epoch FROM
        held_at + make_interval(secs => ${HOLD_MAX_MINUTES * 60}) - ends) / 60))::float8
        AS "mostMinutes"
    FROM (
      SELECT held_at, greatest(expires_at, now()) AS ends FROM orders WHERE id = ${orderId}::uuid
    ) AS held`.execute(trx);
  if (rows[0]) return rows[0];
  throw new InvariantBroken("order_vanished", `The order ${orderId} was locked and is gone.`);
}

function tooLong({ HOLD_MAX_MINUTES }: Settings, mostMinutes: number): Refused {
  const left =
    mostMinutes > 0
      ? `At most ${mostMinutes} more minutes are possible.`
      : "No more minutes are possible: let the customer order again.";
  return new Refused(
    "hold_too_long",
    `Goods are held for at most ${HOLD_MAX_MINUTES} minutes in all. ${left}`,
    mostMinutes > 0 ? [{ field: "minutes", message: `Must be at most ${mostMinutes}.` }] : [],
  );
}
