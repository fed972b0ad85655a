import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { type Advanced, advance, together } from "../advance.ts";
import { takeEdits } from "./pending-edits.ts";
import { writeGoods } from "./write-goods.ts";

/**
 * Nobody can pay these orders any more: they become what was wanted, and look for their stock
 * with what they hold of it. The caller holds the orders' locks.
 */
export async function applyEdits(
  trx: Trx,
  settings: Settings,
  orderIds: readonly string[],
): Promise<Advanced> {
  const edits = await takeEdits(trx, orderIds);
  await writeGoods(trx, edits);
  const changes: Advanced[] = [];
  for (const [actor, theirs] of Map.groupBy(edits, (edit) => edit.actor)) {
    const moves = theirs.map(({ orderId, difference }) => ({ orderId, detail: { ...difference } }));
    changes.push(await advance(trx, settings, "edited", moves, actor));
  }
  return together(...changes);
}
