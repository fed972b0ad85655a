import { sql } from "kysely";
import type { Settings } from "../config.ts";
import { nowAsText } from "../db/clock.ts";
import type { Trx } from "../db/transaction.ts";
import type { IntentToCancel } from "../payments/gateway.ts";
import type { Hint } from "../queues/hint.ts";
import { type Advanced, advance, together } from "./advance.ts";
import type { Closing } from "./lifecycle.ts";
import { lockEndings } from "./lock-endings.ts";
import { leased } from "./order-clock.ts";
import { remark } from "./remark.ts";

/** An intent that Stripe must cancel before its order's stock may be given back. */
export type Close = { cancel: IntentToCancel; observedAt: string };

/** One order that is to be closed, locked by the caller. */
type Closable = {
  id: string;
  number: string;
  closing: Closing | null;
  due: boolean;
  /** The payment whose secret somebody has, or null: then nobody can pay. */
  paymentId: string | null;
  intentId: string | null;
  captured: boolean;
  observedAt: string;
  tryNumber: number;
};

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
  const orders = (await lockClosable(trx, orderIds)).filter(({ due, closing }) => due || closing);
  const { asked, ...advanced } = await shut(trx, settings, orders, "expired", "clock");
  const closes = new Map(asked.map((order) => [order.id, order]));
  return {
    ...advanced,
    closes: orderIds.map((id) => {
      const { paymentId, intentId, observedAt, tryNumber } = closes.get(id) ?? {};
      if (!paymentId || !intentId || !observedAt || !tryNumber) return null;
      return { cancel: { paymentId, intentId, tryNumber }, observedAt };
    }),
  };
}

/** Locks the orders that await payment, and reads what closing them needs to know. */
export async function lockClosable(trx: Trx, orderIds: readonly string[]): Promise<Closable[]> {
  if (orderIds.length === 0) return [];
  await sql`
    SELECT id FROM orders WHERE id = ANY(${orderIds}::uuid[]) AND status = 'awaiting_payment'
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  // A second statement: it sees what was committed while the locks were waited for.
  const { rows } = await sql<Closable>`
    SELECT orders.id, number, closing, expires_at <= now() AS due,
      open.id AS "paymentId", open.intent_id AS "intentId",
      orders.round + 1 AS "tryNumber", ${nowAsText} AS "observedAt",
      EXISTS (SELECT FROM payments WHERE order_id = orders.id AND status = 'captured') AS captured
    FROM orders LEFT JOIN payments AS open ON open.order_id = orders.id
      AND open.secret_stored_at IS NOT NULL
      AND open.status IN ('pending', 'action_required', 'processing')
    WHERE orders.id = ANY(${orderIds}::uuid[]) AND orders.status = 'awaiting_payment'
    ORDER BY orders.id`.execute(trx);
  return rows;
}

/**
 * Puts `closing` on record before Stripe is asked. An order that nobody can pay ends at once;
 * one that has money which does not match stays as it is, for an operator.
 */
export async function shut(
  trx: Trx,
  settings: Settings,
  orders: readonly Closable[],
  reason: Closing,
  actor: string,
): Promise<{ asked: Closable[] } & Advanced> {
  const asked = orders.filter(({ paymentId }) => paymentId !== null);
  const free = orders.filter(({ paymentId, captured }) => paymentId === null && !captured);
  const unmatched = orders.filter(({ paymentId, captured }) => paymentId === null && captured);
  await lockEndings(
    trx,
    free.map(({ id }) => id),
  );
  const fresh = asked.filter(({ closing }) => closing === null);

  const detail = { closing: reason };
  const seqs = await remark(
    trx,
    fresh.map(({ id }) => ({ orderId: id, event: "closing", detail })),
    actor,
  );
  await setClosing(trx, settings, asked, reason);
  await lookAgainInAnHour(
    trx,
    unmatched.map(({ id }) => id),
  );
  const hints = fresh.map((order, index) => closeHint(order, seqs[index] ?? 0));
  const noted = fresh.map(({ id, number }) => ({
    orderId: id,
    order: number,
    event: `closing_${reason}`,
  }));
  const changes: Advanced[] = [{ moved: [], hints, noted }];
  for (const closing of ["expired", "cancelled"] as const) {
    const moves = free
      .filter((order) => (order.closing ?? reason) === closing)
      .map(({ id }) => ({ orderId: id }));
    const event = closing === "expired" ? "hold_expired" : "cancelled";
    changes.push(await advance(trx, settings, event, moves, actor));
  }
  return { asked, ...together(...changes) };
}

async function setClosing(
  trx: Trx,
  settings: Settings,
  orders: readonly Closable[],
  reason: Closing,
): Promise<void> {
  if (orders.length === 0) return;
  await sql`
    UPDATE orders SET closing = coalesce(closing, ${reason}), due_at = ${leased(settings)}
    WHERE id = ANY(${orders.map(({ id }) => id)}::uuid[])`.execute(trx);
}

/** Lets orders stand whose money is on its way, or awaits an operator. */
export async function lookAgainInAnHour(trx: Trx, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  await sql`
    UPDATE orders SET due_at = now() + interval '1 hour'
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
    UPDATE orders SET due_at = ${leased(settings)}
    WHERE id = ANY(${orderIds}::uuid[]) AND closing IS NOT NULL
    RETURNING id, number AS "order", version, round`.execute(trx);
  return rows.map((row) => ({ queue: "payment", kind: "close_order", ...row }));
}

function closeHint({ id, number: order, tryNumber }: Closable, version: number): Hint {
  return { queue: "payment", kind: "close_order", id, version, round: tryNumber - 1, order };
}
