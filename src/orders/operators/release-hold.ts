import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { type Advanced, advance } from "../advance.ts";
import { soldStatuses } from "../lifecycle.ts";
import { lockClosable } from "../lock-closable.ts";
import { shut } from "../shut-orders.ts";
import { type ActOn, lockHeld, lockOrder } from "./lock-order.ts";

/**
 * Ends an unpaid order now, as its clock would later: one that could be paid is closed at Stripe
 * first, and if the customer is faster, it is paid. Money that did not match goes back in full.
 */
export async function releaseHold(
  trx: Trx,
  settings: Settings,
  { orderId, actor }: ActOn,
): Promise<Advanced> {
  const { status } = await lockOrder(trx, orderId);
  if (status === "draft" || status === "reserving") {
    return advance(trx, settings, "draft_expired", [{ orderId }], actor);
  }
  if (soldStatuses.includes(status)) {
    throw new Refused(
      "already_paid",
      "The order is paid: what of its goods is not shipped is free when it is cancelled.",
    );
  }
  await lockHeld(trx, orderId, "its hold can be released");
  await sql`
    SELECT id FROM payments WHERE order_id = ${orderId}::uuid
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  const orders = await lockClosable(trx, settings, [orderId]);
  // Nobody need wait any longer for what to do about money that does not match: this is it.
  const decided = orders.map((order) => ({ ...order, heldTooLong: true }));
  // On record, for what comes by an attempt that Stripe has yet to shut.
  const said = { released: true };
  const { asked: _, ...advanced } = await shut(trx, settings, decided, "expired", actor, said);
  return advanced;
}
