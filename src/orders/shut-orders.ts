import { sql } from "kysely";
import type { Settings } from "../config.ts";
import { leased } from "../db/clock.ts";
import type { Trx } from "../db/transaction.ts";
import type { Hint } from "../queues/hint.ts";
import { type Advanced, advance, together } from "./advance.ts";
import { refuseEdits } from "./edits/pending-edits.ts";
import { type Closing, type Ending, endings } from "./lifecycle.ts";
import type { Closable } from "./lock-closable.ts";
import { lockEndings } from "./lock-endings.ts";
import { lookAgainInAnHour } from "./paying/look-again.ts";
import { processingCap } from "./paying/processing-cap.ts";
import { remark } from "./remark.ts";

/**
 * Puts `closing` on record before Stripe is asked. An order that nobody can pay ends at once, and
 * one that Stripe could not be asked about ends when its stock was held for as long as may be:
 * money that comes all the same is honoured or refunded. Histories tell what is `said` besides.
 */
export async function shut(
  trx: Trx,
  settings: Settings,
  orders: readonly Closable[],
  reason: Ending,
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
  const because = (code: string, those: readonly Closable[]): End[] =>
    those.map((order) => ({ order, detail: { because: code } }));
  const ends = [
    ...free.map((order) => ({ order, detail: said })),
    ...because("stripe_unreachable", given),
    ...because("amount_mismatch", refused),
  ];
  const changes = [opened, await endOrders(trx, settings, ends, reason, actor)];
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

/**
 * The order's door is shut from here on: no secret is served, nothing new can be paid. One that is
 * over is not edited any more.
 */
export async function openClosing(
  trx: Trx,
  settings: Settings,
  orders: readonly Closable[],
  detail: { closing: Closing },
  actor: string,
): Promise<Advanced> {
  if (orders.length === 0) return together();
  const { closing: reason } = detail;
  const fresh = orders.filter(({ closing }) => closing === null || givesWay(closing, reason));
  const seqs = await remark(
    trx,
    fresh.map(({ id }) => ({ orderId: id, event: "closing", detail })),
    actor,
  );
  await sql`
    UPDATE orders SET due_at = ${leased(settings)}, closing = CASE
      WHEN closing IS NULL OR closing = 'edited' THEN ${reason} ELSE closing END
    WHERE id = ANY(${idsOf(orders)}::uuid[])`.execute(trx);
  const dropped = fresh.filter(({ closing }) => closing === "edited");
  await refuseEdits(
    trx,
    settings,
    dropped.map(({ id: orderId }) => ({ orderId, because: "over" })),
  );
  const hints = fresh.map(({ id, number: order, tryNumber }, index): Hint => {
    const place = { id, version: seqs[index] ?? 0, round: tryNumber - 1, order };
    return { queue: "payment", kind: "close_order", ...place };
  });
  const event = `closing_${reason}`;
  const noted = fresh.map(({ id, number }) => ({ orderId: id, order: number, event }));
  return { moved: [], hints, noted };
}

function givesWay(closing: Closing, reason: Closing): boolean {
  return closing === "edited" && reason !== "edited";
}

type End = { order: Closable; detail: Record<string, unknown> };

async function endOrders(
  trx: Trx,
  settings: Settings,
  ends: readonly End[],
  reason: Ending,
  actor: string,
): Promise<Advanced> {
  const changes: Advanced[] = [];
  for (const ending of endings) {
    const moves = ends
      .filter(({ order: { closing } }) => endingOf(closing, reason) === ending)
      .map(({ order, detail }) => ({ orderId: order.id, detail }));
    const event = ending === "expired" ? "hold_expired" : "cancelled";
    changes.push(await advance(trx, settings, event, moves, actor));
  }
  return together(...changes);
}

/** What it is closing for already, unless that was to change it. */
function endingOf(closing: Closing | null, reason: Ending): Ending {
  return closing === null || closing === "edited" ? reason : closing;
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
