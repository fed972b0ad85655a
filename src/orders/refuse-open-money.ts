import { sql } from "kysely";
import type { Trx } from "../db/transaction.ts";
import { Refused } from "../errors.ts";
import { liveStatuses } from "../payments/lifecycle.ts";

/**
 * Money that may still come brings an order back that has ended: beside another one of its kin its
 * customer would have two. The caller holds the orders' locks, as `lockKin` takes them.
 *
 * @throws Refused that names the order whose payment is still open
 */
export async function refuseOpenMoney(trx: Trx, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  const { rows } = await sql<{ number: string; status: string }>`
    SELECT number, payments.status FROM payments JOIN orders ON orders.id = order_id
    WHERE order_id = ANY(${orderIds}::uuid[]) AND payments.status = ANY(${liveStatuses}::text[])
    ORDER BY payments.id`.execute(trx);
  const [open] = rows;
  if (!open) return;
  throw new Refused(
    "payment_still_open",
    `A payment of ${open.number} is still ${open.status.replaceAll("_", " ")} at Stripe, and its ` +
      "money would bring that order back. Wait until it is over, or let an operator check in " +
      "Stripe whether it is.",
  );
}
