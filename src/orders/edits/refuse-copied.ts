import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { isLiving, isSold, type Kin, lockKin } from "../kin.ts";
import { refuseOpenMoney } from "../refuse-open-money.ts";

/**
 * Brought on beside one of its kin, an order would be paid as well: one wish twice. So it would be
 * beside one that has ended, as long as money may still bring that back. The caller holds its lock.
 *
 * @throws Refused that names the one to go on with
 */
export async function refuseWhereCopied(trx: Trx, orderId: string): Promise<void> {
  const kin = await lockKin(trx, [orderId]);
  refuseOther(kin);
  const ids = kin.map(({ id }) => id);
  await refuseOpenMoney(trx, ids);
}

function refuseOther(kin: readonly Kin[]): void {
  const other = kin.find((one) => isLiving(one) || isSold(one));
  if (!other) return;
  const status = other.status.replaceAll("_", " ");
  throw new Refused(
    "order_is_over",
    `The order was placed again as ${other.number}, which is ${status}. Change that one.`,
  );
}
