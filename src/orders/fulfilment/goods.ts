import { sql } from "kysely";
import type { Trx } from "../../db/transaction.ts";
import { type FieldFault, Refused } from "../../errors.ts";
import { foldSku } from "../../inventory/sku.ts";

/** What became of one product of an order: its lines summed. */
export type Goods = {
  sku: string;
  ordered: number;
  shipped: number;
  cancelled: number;
  /** How many of those were cancelled with the word that their money stays with the shop. */
  kept: number;
  returned: number;
};

/** So many pieces of a product, named as a caller names it. */
export type WantedGoods = { sku: string; quantity: number };

/** An order's goods, each with what became of them. The caller holds the order's lock. */
export async function readGoods(trx: Trx, orderId: string): Promise<Goods[]> {
  const { rows } = await sql<Goods>`
    SELECT sku, ordered, coalesce(shipped, 0)::bigint AS shipped,
      coalesce(cancelled, 0)::bigint AS cancelled, coalesce(kept, 0)::bigint AS kept,
      coalesce(returned, 0)::bigint AS returned
    FROM (
      SELECT sku, sum(quantity)::bigint AS ordered FROM order_lines
      WHERE order_id = ${orderId} GROUP BY 1
    ) AS lines LEFT JOIN (
      SELECT sku, sum(quantity) AS shipped FROM shipment_lines
      JOIN shipments ON id = shipment_id WHERE order_id = ${orderId} GROUP BY 1
    ) AS gone USING (sku) LEFT JOIN (
      SELECT sku, sum(quantity) AS cancelled, sum(quantity) FILTER (WHERE keeps_money) AS kept
      FROM cancelled_lines
      JOIN line_cancellations ON id = cancellation_id WHERE order_id = ${orderId} GROUP BY 1
    ) AS dropped USING (sku) LEFT JOIN (
      SELECT sku, sum(quantity) AS returned FROM return_lines
      JOIN returns ON id = return_id WHERE order_id = ${orderId} GROUP BY 1
    ) AS back USING (sku)
    ORDER BY sku`.execute(trx);
  return rows;
}

/** How many pieces are neither shipped nor cancelled. */
export function leftToShip({ ordered, shipped, cancelled }: Goods): number {
  return ordered - shipped - cancelled;
}

/** How many pieces are with the customer. */
export function leftToReturn({ shipped, returned }: Goods): number {
  return shipped - returned;
}

/** Everything that is left to ship. */
export function allThatIsLeft(goods: readonly Goods[]): WantedGoods[] {
  return goods
    .map((each) => ({ sku: each.sku, quantity: leftToShip(each) }))
    .filter(({ quantity }) => quantity > 0);
}

/**
 * Refuses a request that wants more of an order's goods than there are, naming each such line;
 * null where it can be done. `what` says what could still be done to them.
 */
export function refuseTooMany(
  goods: readonly Goods[],
  wanted: readonly WantedGoods[],
  leftOf: (goods: Goods) => number,
  what: string,
): Refused | null {
  const left = new Map(goods.map((each) => [each.sku, leftOf(each)]));
  const faults = wanted.flatMap(({ sku, quantity }, index): FieldFault[] => {
    const there = left.get(foldSku(sku));
    if (there === undefined) {
      return [{ field: `lines[${index}].sku`, message: `The order has no "${sku}".` }];
    }
    left.set(foldSku(sku), Math.max(there - quantity, 0));
    if (quantity <= there) return [];
    const message = `Only ${there} of "${sku}" can still be ${what}, not ${quantity}.`;
    return [{ field: `lines[${index}].quantity`, message }];
  });
  if (faults.length === 0) return null;
  return new Refused(
    "quantity_too_large",
    `Some lines ask for more than can still be ${what}.`,
    faults,
  );
}
