import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import { claimKeys } from "../../db/idempotency.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { type Advanced, advance, together } from "../advance.ts";
import { keyReused } from "../place-order.ts";
import { differenceOf, type PriceChange } from "./difference.ts";
import { lockToChange, type OrderToChange, priceAnew } from "./read-goods.ts";
import { refuseWhereCopied } from "./refuse-copied.ts";
import { writeGoods } from "./write-goods.ts";

export type CheckoutRequest = {
  orderId: string;
  shopId: string;
  idempotencyKey: string;
  fingerprint: Buffer;
  actor: string;
};

/** What it costs now where the catalogue says otherwise than when it was drafted. */
type Repriced = {
  prices: PriceChange[];
  totalMinor: { from: number; to: number };
};

export type Checkout = { replayed: boolean; repriced: Repriced | null };

/**
 * Takes a draft to the till, once per key: priced anew, and on its way to its stock.
 *
 * @throws Refused where it is no draft, nobody said whose it is, its kin can be or is paid, or a
 *   line can't be sold any more
 */
export async function checkOutOrder(
  trx: Trx,
  settings: Settings,
  request: CheckoutRequest,
): Promise<Checkout & Advanced> {
  const { orderId, shopId, idempotencyKey: key, fingerprint, actor } = request;
  const claim = { shopId, operation: "check_out_order", key, fingerprint, resourceId: orderId };
  const [verdict] = await claimKeys(trx, [claim]);
  if (verdict && "error" in verdict) throw verdict.error;
  if (verdict && !verdict.first) {
    if (!verdict.sameRequest) throw keyReused();
    return { replayed: true, repriced: await readRepriced(trx, orderId), ...together() };
  }
  const order = await lockToChange(trx, request);
  if (!order) throw new Refused("order_not_found", "There is no such order.");
  refuseUnready(order);
  await refuseWhereCopied(trx, orderId);
  const goods = await priceAnew(trx, order, null, null);
  const { prices, totalMinor } = differenceOf(order, goods);
  const isRepriced = prices.length > 0 || totalMinor.from !== totalMinor.to;
  const repriced = isRepriced ? { prices, totalMinor } : null;
  await writeGoods(trx, [{ orderId, goods }]);
  const detail = repriced ? { repriced } : {};
  const advanced = await advance(trx, settings, "checked_out", [{ orderId, detail }], actor);
  return { replayed: false, repriced, ...advanced };
}

function refuseUnready({ status, hasContact }: OrderToChange): void {
  if (status !== "draft") {
    throw new Refused(
      "order_not_draft",
      `Only a draft is checked out, and the order is ${status}.`,
    );
  }
  if (hasContact) return;
  throw new Refused("contact_needed", "Nobody knows whose order it is. Set its contact first.", [
    { field: "contact", message: "Set it with PATCH /v1/orders/{id}." },
  ]);
}

/** What the first answer under this key said. */
async function readRepriced(trx: Trx, orderId: string): Promise<Repriced | null> {
  const { rows } = await sql<{ repriced: Repriced | null }>`
    SELECT detail->'repriced' AS repriced FROM order_events
    WHERE order_id = ${orderId}::uuid AND event = 'checked_out'
    ORDER BY seq DESC LIMIT 1`.execute(trx);
  return rows[0]?.repriced ?? null;
}
