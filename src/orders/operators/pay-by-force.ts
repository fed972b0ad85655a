import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { reserveStock, type Shortage } from "../../inventory/reserve.ts";
import { bookElsewhere } from "../../payments/elsewhere.ts";
import type { Hint } from "../../queues/hint.ts";
import { type Advanced, advance, together } from "../advance.ts";
import { closeKin } from "../close-kin.ts";
import { isLiving, isSold, type Kin, lockKin, lockWithKin } from "../kin.ts";
import { soldStatuses } from "../lifecycle.ts";
import { lockEndings } from "../lock-endings.ts";
import { readDemands, readHeld } from "../reserve-orders.ts";
import { type ActOn, lockOrder, type OrderInHand } from "./lock-order.ts";

export type ForcedPayment = ActOn & {
  /** Where the money is to be found, such as a bank transfer's or a till's number. */
  reference: string;
  note: string | null;
};

/**
 * Takes an order as paid whose money came by other means than Stripe. Its goods are held, or taken
 * now; a copy that is not paid yet is closed; what could still be paid at Stripe is cancelled
 * there, and if the customer pays that all the same, it is a second payment and goes back in full.
 *
 * @throws Refused where it was paid before, or something that it needs is not in stock
 */
export async function payByForce(
  trx: Trx,
  settings: Settings,
  { orderId, reference, note, actor }: ForcedPayment,
): Promise<Advanced> {
  await lockWithKin(trx, [orderId]);
  const order = await lockOrder(trx, orderId);
  await refuseWherePaid(trx, order);
  const kin = await lockKin(trx, [orderId]);
  refusePaidKin(kin);
  const living = kin.filter(isLiving).map(({ id }) => id);
  await lockEndings(trx, [orderId, ...living], [orderId]);
  // First, since what can end at once frees goods that this order needs.
  const closed = await closeKin(trx, settings, [order], kin, actor);
  await takeMissing(trx, orderId, actor);
  const paymentId = await bookElsewhere(trx, order, reference);
  const detail = { reference, note, paymentId, ...toldBy(order) };
  const moved = await advance(trx, settings, "paid_by_force", [{ orderId, detail }], actor);
  return together(moved, closed, { moved: [], hints: await cancelsOf(trx, order) });
}

function refusePaidKin(kin: readonly Kin[]): void {
  const paid = kin.find(isSold);
  if (!paid) return;
  throw new Refused(
    "paid_as_another",
    `The same goods were ordered again, and ${paid.number} is paid. Give one of the two payments ` +
      "back; only if both are meant, let the customer place a new order.",
  );
}

async function refuseWherePaid(trx: Trx, { id, status }: OrderInHand): Promise<void> {
  if (soldStatuses.includes(status)) {
    throw new Refused("already_paid", "The order is paid already.");
  }
  const { rows } = await sql<{ wasPaid: boolean; isOwed: boolean }>`
    SELECT EXISTS (
      SELECT FROM order_events WHERE order_id = ${id}::uuid AND to_status = 'paid'
    ) AS "wasPaid", EXISTS (
      SELECT FROM payments WHERE order_id = ${id}::uuid AND status = 'captured'
        AND captured_minor > (
          SELECT coalesce(sum(amount_minor), 0) FROM refunds
          WHERE payment_id = payments.id AND refunds.status <> 'failed'
        )
    ) AS "isOwed"`.execute(trx);
  const [{ wasPaid, isOwed } = { wasPaid: false, isOwed: false }] = rows;
  if (wasPaid) {
    throw new Refused(
      "paid_before",
      "The order was paid and cancelled: its books are closed. Order its goods again.",
    );
  }
  // One that awaits payment gives such money back by itself, as soon as it is paid otherwise.
  if (isOwed && status !== "awaiting_payment") {
    throw new Refused(
      "money_not_returned",
      "Stripe still has money that came for this order and did not go back. Refund that first.",
    );
  }
}

/** Goods that the order does not hold are taken now, all of them. */
async function takeMissing(trx: Trx, orderId: string, actor: string): Promise<void> {
  const [demand] = await readDemands(trx, [orderId]);
  const held = (await readHeld(trx, [orderId])).get(orderId) ?? [];
  const { short } = await reserveStock(trx, demand ? [{ ...demand, held }] : [], actor);
  const [missed] = short;
  if (missed) throw await outOfStock(trx, orderId, missed.shortages);
}

async function outOfStock(
  trx: Trx,
  orderId: string,
  shortages: readonly Shortage[],
): Promise<Refused> {
  const { rows } = await sql<{ sku: string; writtenSku: string }>`
    SELECT DISTINCT sku, written_sku AS "writtenSku" FROM order_lines
    WHERE order_id = ${orderId}::uuid`.execute(trx);
  const written = new Map(rows.map(({ sku, writtenSku }) => [sku, writtenSku]));
  const named = shortages.slice(0, namedShortages).map(({ sku, requested, available }) => {
    return `${available} of ${requested} "${written.get(sku) ?? sku}"`;
  });
  const others = shortages.length > namedShortages ? ", and others are short" : "";
  return new Refused(
    "out_of_stock",
    `The order does not hold its goods, and in stock are only ${named.join(", ")}${others}. ` +
      "Receive goods first, or give the money back the way it came.",
  );
}
const namedShortages = 10;

/** What the customer's mail says besides. */
function toldBy({ status, closing }: OrderInHand): Record<string, unknown> {
  if (closing === "cancelled") return { cancelledTooLate: true };
  return status === "expired" || status === "cancelled" ? { revived: true } : {};
}

/** What the customer could still pay at Stripe is cancelled there at once. */
async function cancelsOf(trx: Trx, { id: orderId, number }: OrderInHand): Promise<Hint[]> {
  const { rows } = await sql<{ id: string; version: number; round: number }>`
    SELECT id, version, round FROM payments WHERE order_id = ${orderId}::uuid
      AND status IN ('pending', 'action_required') ORDER BY id`.execute(trx);
  return rows.map((row) => ({ queue: "payment", kind: "cancel_payment", ...row, order: number }));
}
