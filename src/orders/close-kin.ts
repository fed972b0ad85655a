import type { Settings } from "../config.ts";
import type { Trx } from "../db/transaction.ts";
import { type Advanced, advance, together } from "./advance.ts";
import { isLiving, type Kin, paidAsAnother } from "./kin.ts";
import { lockClosable } from "./lock-closable.ts";
import { shut } from "./shut-orders.ts";

/** An order that is paid, and whose kin is to be closed. */
type Paid = { id: string; number: string };

/**
 * Cancels what is still unpaid of orders' kin, through Stripe where it could be paid: the customer
 * has paid the same wish already. If they are faster all the same, that money goes back. The caller
 * holds the locks of `lockKin` and `lockEndings`.
 */
export async function closeKin(
  trx: Trx,
  settings: Settings,
  orders: readonly Paid[],
  kin: readonly Kin[],
  actor: string,
): Promise<Advanced> {
  const changes: Advanced[] = [];
  for (const { id, number } of orders) {
    const detail = { because: paidAsAnother, orderId: id, number };
    const living = kin.filter((each) => each.of === id && isLiving(each));
    const unheld = living.filter(({ status }) => status !== "awaiting_payment");
    const moves = unheld.map(({ id: orderId }) => ({ orderId, detail }));
    changes.push(await advance(trx, settings, "cancelled", moves, actor));
    const held = await lockClosable(trx, settings, idsOf(living));
    // Nobody need look any longer at money that did not match: it goes back.
    const open = held
      .filter(({ closing }) => closing === null || closing === "edited")
      .map((order) => ({ ...order, heldTooLong: true }));
    changes.push(await shut(trx, settings, open, "cancelled", actor, detail));
  }
  return together(...changes);
}

function idsOf(kin: readonly Kin[]): string[] {
  return kin.map(({ id }) => id);
}
