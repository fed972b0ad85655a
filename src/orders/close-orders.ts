import { sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Trx } from "../db/transaction.ts";
import type { IntentToCancel } from "../payments/gateway.ts";
import { type Advanced, together } from "./advance.ts";
import { applyEdits } from "./edits/apply-edits.ts";
import { type Closable, lockClosable } from "./lock-closable.ts";
import { lockEndings } from "./lock-endings.ts";
import { dueAfter } from "./order-clock.ts";
import { openClosing, shut } from "./shut-orders.ts";

/** An intent that Stripe must cancel before its order's stock may be given back. */
export type Close = { cancel: IntentToCancel; observedAt: string };

/** At most so many orders, and about so many holds, are closed in one transaction. */
const pageSize = 100;
const pageHolds = 2_000;

/**
 * Closes the next page of orders whose hold is over, whoever they are. Those that nobody can
 * pay end here; the others get `closing` on record and a hint each.
 */
export async function expireHolds(
  trx: Trx,
  settings: Settings,
): Promise<{ more: boolean } & Advanced> {
  // Orders whose money does not match are an operator's: they would stand first on every page.
  const { rows } = await sql<{ id: string }>`
    WITH due AS MATERIALIZED (
      SELECT id, expires_at, (
        SELECT count(*) FROM holds WHERE order_id = orders.id AND status = 'held'
      ) AS holds
      FROM orders
      WHERE status = 'awaiting_payment' AND closing IS NULL AND expires_at <= now()
        AND NOT EXISTS (
          SELECT FROM payments WHERE order_id = orders.id AND payments.status = 'captured'
        )
      ORDER BY expires_at LIMIT ${pageSize} FOR NO KEY UPDATE SKIP LOCKED
    ), counted AS (
      SELECT id, sum(holds) OVER (ORDER BY expires_at, id) - holds AS before FROM due
    )
    SELECT id FROM counted WHERE before <= ${pageHolds}`.execute(trx);
  const ids = rows.map(({ id }) => id);
  const { closes: _, ...advanced } = await closeOrders(trx, settings, ids);
  return { more: ids.length > 0, ...advanced };
}

/**
 * Shuts the door of orders that are due or already closing, and answers what Stripe must do
 * for each: null when nothing, because the order was not due or has ended here.
 */
export async function closeOrders(
  trx: Trx,
  settings: Settings,
  orderIds: readonly string[],
): Promise<{ closes: (Close | null)[] } & Advanced> {
  const orders = await lockClosable(trx, settings, orderIds);
  const edited = orders.filter(({ due, closing }) => !due && closing === "edited");
  const ending = orders.filter((order) => !edited.includes(order) && (order.due || order.closing));
  const early = orders.filter(({ due, closing }) => !due && closing === null);
  if (early.length > 0) await waitForTheEnd(trx, settings, early);
  // Both touch payments, one after the other.
  if (edited.length > 0) await lockEndings(trx, orderIds);
  const changing = await changeEdited(trx, settings, edited);
  const { asked, ...advanced } = await shut(trx, settings, ending, "expired", "clock");
  const closes = new Map([...changing.asked, ...asked].map((order) => [order.id, order]));
  return {
    ...together(changing, advanced),
    closes: orderIds.map((id) => {
      const { paymentId, intentId, observedAt, tryNumber } = closes.get(id) ?? {};
      if (!paymentId || !intentId || !observedAt || !tryNumber) return null;
      return { cancel: { paymentId, intentId, tryNumber }, observedAt };
    }),
  };
}

/**
 * A closing that was given up meanwhile, since the order was not edited after all, may have failed
 * once more and set its clock: it rings at the hold's end again.
 */
async function waitForTheEnd(
  trx: Trx,
  settings: Settings,
  orders: readonly Closable[],
): Promise<void> {
  await sql`
    UPDATE orders SET due_at = ${dueAfter(sql`expires_at`, settings)}, round = 0, sweeps = 0,
      last_error = NULL
    WHERE id = ANY(${orders.map(({ id }) => id)}::uuid[]) AND due_at < expires_at`.execute(trx);
}

/** Those that nobody can pay become what was wanted; of the others Stripe cancels the payment. */
async function changeEdited(
  trx: Trx,
  settings: Settings,
  orders: readonly Closable[],
): Promise<{ asked: Closable[] } & Advanced> {
  const free = orders.filter(({ paymentId, starting }) => paymentId === null && !starting);
  const asked = orders.filter(({ paymentId }) => paymentId !== null);
  const opened = await openClosing(trx, settings, orders, { closing: "edited" }, "clock");
  const applied = await applyEdits(
    trx,
    settings,
    free.map(({ id }) => id),
  );
  return { asked, ...together(opened, applied) };
}
