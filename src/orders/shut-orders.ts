import { sql } from "kysely";
import type { Settings } from "../config.ts";
import { leased, nowAsText } from "../db/clock.ts";
import type { Trx } from "../db/transaction.ts";
import type { Hint } from "../queues/hint.ts";
import { type Advanced, advance, together } from "./advance.ts";
import type { Closing } from "./lifecycle.ts";
import { lockEndings } from "./lock-endings.ts";
import { lookAgainInAnHour } from "./paying/look-again.ts";
import { processingCap } from "./paying/processing-cap.ts";
import { remark } from "./remark.ts";

/** One order that is to be closed, locked by the caller. */
export type Closable = {
  id: string;
  number: string;
  closing: Closing | null;
  due: boolean;
  /** Held since HOLD_MAX. */
  heldTooLong: boolean;
  /** The payment whose secret somebody has, or null: then nobody can pay. */
  paymentId: string | null;
  paymentStatus: string | null;
  method: string | null;
  processingSeconds: number | null;
  intentId: string | null;
  /** Money was captured that does not match the order. */
  mismatched: boolean;
  observedAt: string;
  tryNumber: number;
  lastError: string | null;
};

/** Locks the orders that await payment, and reads what closing them needs to know. */
export async function lockClosable(
  trx: Trx,
  settings: Pick<Settings, "HOLD_MAX_MINUTES">,
  orderIds: readonly string[],
): Promise<Closable[]> {
  if (orderIds.length === 0) return [];
  await sql`
    SELECT id FROM orders WHERE id = ANY(${orderIds}::uuid[]) AND status = 'awaiting_payment'
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  // A second statement: it sees what was committed while the locks were waited for.
  const { rows } = await sql<Closable>`
    SELECT orders.id, number, closing, expires_at <= now() AS due,
      held_at + make_interval(secs => ${settings.HOLD_MAX_MINUTES * 60}) <= now() AS "heldTooLong",
      open.id AS "paymentId", open.status AS "paymentStatus", open.intent_id AS "intentId",
      open.method, extract(epoch FROM now() - open.processing_since)::double precision
        AS "processingSeconds",
      orders.round + 1 AS "tryNumber", orders.last_error AS "lastError",
      ${nowAsText} AS "observedAt",
      EXISTS (SELECT FROM payments WHERE order_id = orders.id AND status = 'captured')
        AS mismatched
    FROM orders LEFT JOIN payments AS open ON open.order_id = orders.id
      AND open.secret_stored_at IS NOT NULL
      AND open.status IN ('pending', 'action_required', 'processing')
    WHERE orders.id = ANY(${orderIds}::uuid[]) AND orders.status = 'awaiting_payment'
    ORDER BY orders.id`.execute(trx);
  return rows;
}

/**
 * Puts `closing` on record before Stripe is asked. An order that nobody can pay ends at once, and
 * one that Stripe could not be asked about ends when its stock was held for as long as may be:
 * money that comes all the same is honoured or refunded. Histories tell what is `said` besides.
 */
export async function shut(
  trx: Trx,
  settings: Settings,
  orders: readonly Closable[],
  reason: Closing,
  actor: string,
  said: Record<string, unknown> = {},
): Promise<{ asked: Closable[] } & Advanced> {
  const given = orders.filter((order) => isGivenUp(order, settings));
  const asked = orders.filter((order) => order.paymentId !== null && !given.includes(order));
  const free = orders.filter(({ paymentId, mismatched }) => paymentId === null && !mismatched);
  const unmatched = orders.filter(({ paymentId, mismatched }) => paymentId === null && mismatched);
  const refused = unmatched.filter(({ heldTooLong }) => heldTooLong);
  await lockEndings(trx, idsOf([...free, ...given, ...refused]));

  const opened = await openClosing(trx, settings, asked, { closing: reason, ...said }, actor);
  await lookAgainInAnHour(trx, settings, idsOf(unmatched.filter((one) => !refused.includes(one))));
  const because = (code: string, those: readonly Closable[]): Ending[] =>
    those.map((order) => ({ order, detail: { because: code } }));
  const endings = [
    ...free.map((order) => ({ order, detail: said })),
    ...because("stripe_unreachable", given),
    ...because("amount_mismatch", refused),
  ];
  const changes = [opened, await endOrders(trx, settings, endings, reason, actor)];
  changes.push({ moved: [], hints: given.flatMap(cancelHint) });
  return { asked, ...together(...changes) };
}

/**
 * Stripe was asked in vain, and the stock may not be held any longer: not after HOLD_MAX, and for
 * money that was on its way when Stripe last answered, not after its method's own time.
 */
function isGivenUp(order: Closable, settings: Settings): boolean {
  const { paymentId, paymentStatus, closing, lastError, heldTooLong } = order;
  if (paymentId === null || closing === null || lastError === null) return false;
  if (paymentStatus !== "processing") return heldTooLong;
  return (order.processingSeconds ?? 0) >= processingCap(order.method, settings);
}

/** The order's door is shut from here on: no secret is served, nothing new can be paid. */
async function openClosing(
  trx: Trx,
  settings: Settings,
  orders: readonly Closable[],
  detail: { closing: Closing },
  actor: string,
): Promise<Advanced> {
  if (orders.length === 0) return together();
  const { closing: reason } = detail;
  const fresh = orders.filter(({ closing }) => closing === null);
  const seqs = await remark(
    trx,
    fresh.map(({ id }) => ({ orderId: id, event: "closing", detail })),
    actor,
  );
  await sql`
    UPDATE orders SET closing = coalesce(closing, ${reason}), due_at = ${leased(settings)}
    WHERE id = ANY(${idsOf(orders)}::uuid[])`.execute(trx);
  const hints = fresh.map(({ id, number: order, tryNumber }, index): Hint => {
    const place = { id, version: seqs[index] ?? 0, round: tryNumber - 1, order };
    return { queue: "payment", kind: "close_order", ...place };
  });
  const event = `closing_${reason}`;
  const noted = fresh.map(({ id, number }) => ({ orderId: id, order: number, event }));
  return { moved: [], hints, noted };
}

type Ending = { order: Closable; detail: Record<string, unknown> };

async function endOrders(
  trx: Trx,
  settings: Settings,
  endings: readonly Ending[],
  reason: Closing,
  actor: string,
): Promise<Advanced> {
  const changes: Advanced[] = [];
  for (const closing of ["expired", "cancelled"] as const) {
    const moves = endings
      .filter(({ order }) => (order.closing ?? reason) === closing)
      .map(({ order, detail }) => ({ orderId: order.id, detail }));
    const event = closing === "expired" ? "hold_expired" : "cancelled";
    changes.push(await advance(trx, settings, event, moves, actor));
  }
  return together(...changes);
}

/** The payment is still open at Stripe: it is to be cancelled as soon as Stripe can be asked. */
function cancelHint({ paymentId, number: order }: Closable): Hint[] {
  if (paymentId === null) return [];
  const place = { id: paymentId, version: 0, round: 0, order };
  return [{ queue: "payment", kind: "cancel_payment", ...place }];
}

function idsOf(orders: readonly Closable[]): string[] {
  return orders.map(({ id }) => id);
}
