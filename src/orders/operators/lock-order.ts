import { sql } from "kysely";
import { isOwnOrder } from "../../db/own-rows.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import type { Noted } from "../advance.ts";
import type { Closing, OrderRemark, OrderStatus } from "../lifecycle.ts";

/** An order that an operator acts on, locked. */
export type OrderInHand = {
  id: string;
  number: string;
  status: OrderStatus;
  closing: Closing | null;
  currency: string;
  totalMinor: number;
  expiresAt: Date | null;
  /** Money was captured for it, whatever became of that. */
  hasCaptured: boolean;
};

/** Who acts on which order. */
export type ActOn = { orderId: string; actor: string };

/**
 * Locks the order and reads how it stands.
 *
 * @throws Refused where there is none, or where it is another installation's to act on
 */
export async function lockOrder(trx: Trx, orderId: string): Promise<OrderInHand> {
  await sql`SELECT FROM orders WHERE id = ${orderId}::uuid FOR NO KEY UPDATE`.execute(trx);
  // A second statement: it sees what was committed while the lock was waited for.
  const { rows } = await sql<OrderInHand & { isOwn: boolean }>`
    SELECT id, number, status, closing, currency, total_minor AS "totalMinor",
      expires_at AS "expiresAt", ${isOwnOrder} AS "isOwn",
      EXISTS (SELECT FROM payments WHERE order_id = orders.id AND status = 'captured')
        AS "hasCaptured"
    FROM orders WHERE id = ${orderId}::uuid`.execute(trx);
  const [row] = rows;
  if (!row) throw new Refused("order_not_found", "There is no such order. Check its id.");
  const { isOwn, ...order } = row;
  if (isOwn) return order;
  throw new Refused(
    "order_is_copied",
    "The order belongs to the installation that this database is a copy of: act on it there.",
  );
}

/** Locks an order that can be paid at this moment; `what` is meant to be done to it. */
export async function lockPayable(trx: Trx, orderId: string, what: string): Promise<OrderInHand> {
  const order = await lockHeld(trx, orderId, what);
  if (!order.hasCaptured) return order;
  throw new Refused(
    "payment_under_review",
    "Money came for this order that does not match it. Give that back, or release the hold: " +
      "then all of it goes back.",
  );
}

/** Locks an order whose goods are held and whose door is open. */
export async function lockHeld(trx: Trx, orderId: string, what: string): Promise<OrderInHand> {
  const order = await lockOrder(trx, orderId);
  const { status, closing } = order;
  if (status !== "awaiting_payment") {
    throw new Refused(
      "not_awaiting_payment",
      `The order is ${status}: ${what} only while it awaits its payment.`,
    );
  }
  if (closing === null) return order;
  throw new Refused(
    "order_is_closing",
    "The order is about to end: Stripe is being asked whether money came. Look again in a minute.",
  );
}

/** What the log is told of an act that moved nothing. */
export function note({ id, number }: OrderInHand, event: OrderRemark): Noted[] {
  return [{ orderId: id, order: number, event }];
}
