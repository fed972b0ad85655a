import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { isLiving, isSold, lockKin } from "../kin.ts";

/**
 * Brought on beside one of its kin, an order would be paid as well: one wish twice. The caller
 * holds its lock.
 *
 * @throws Refused that names the one to go on with
 */
export async function refuseWhereCopied(trx: Trx, orderId: string): Promise<void> {
  const other = (await lockKin(trx, [orderId])).find((kin) => isLiving(kin) || isSold(kin));
  if (!other) return;
  const status = other.status.replaceAll("_", " ");
  throw new Refused(
    "order_is_over",
    `The order was placed again as ${other.number}, which is ${status}. Change that one.`,
  );
}
