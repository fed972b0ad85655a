import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import { claimKeys } from "../db/idempotency.ts";
import type { Trx } from "../db/transaction.ts";
import { Refused } from "../errors.ts";
import { mainLocation } from "./reserve.ts";
import { foldSku } from "./sku.ts";
import { findStock, type StockLevel } from "./stock-level.ts";

/** Goods that came in, or a count that was put right: what people do to stock by hand. */
export type StockMovement = {
  sku: string;
  kind: "receive" | "adjust";
  /** How many more there are; an adjustment may be negative. */
  quantity: number;
  reason: string;
  actor: string;
};

type KeyedMovement = StockMovement & {
  shopId: string;
  idempotencyKey: string;
  fingerprint: Buffer;
};

/** More than any house holds, and far below where PostgreSQL and JavaScript disagree. */
const mostOnHand = 1_000_000_000_000;

/** An adjustment that is refused names at most so many of the orders that hold the goods. */
const namedOrders = 20;

/**
 * Moves stock once per idempotency key, in the transaction of the key. A replay changes nothing
 * and answers how the stock stands now.
 */
export async function moveStockOnce(
  trx: Trx,
  movement: KeyedMovement,
): Promise<{ stock: StockLevel; replayed: boolean }> {
  const { shopId, idempotencyKey: key, fingerprint } = movement;
  const claim = { shopId, operation: "move_stock", key, fingerprint, resourceId: uuidv7() };
  const [verdict] = await claimKeys(trx, [claim]);
  if (verdict && "error" in verdict) throw verdict.error;
  if (verdict?.first) {
    await moveStock(trx, [movement]);
  } else if (!verdict?.sameRequest) {
    throw new Refused(
      "idempotency_key_reused",
      "This Idempotency-Key came before with a different request. Use a new key for a new one.",
    );
  }
  const stock = await findStock(trx, movement.sku);
  if (!stock) throw unknownProduct(movement.sku);
  return { stock, replayed: !verdict?.first };
}

/**
 * Writes movements and moves the counters with them, all or nothing.
 *
 * @throws Refused when a product is unknown, or an adjustment would take what orders hold
 */
export async function moveStock(trx: Trx, movements: readonly StockMovement[]): Promise<void> {
  const levels = await lockLevels(
    trx,
    movements.map(({ sku }) => foldSku(sku)),
  );
  for (const { sku, quantity } of movements) {
    const level = levels.get(foldSku(sku));
    if (!level) throw unknownProduct(sku);
    level.onHand += quantity;
    if (level.onHand < level.reserved) throw await tooFew(trx, level, quantity);
    if (level.onHand > mostOnHand) {
      throw new Refused("stock_out_of_range", `At most ${mostOnHand} of "${sku}" can be on hand.`, [
        { field: "quantity", message: `Must leave at most ${mostOnHand} on hand.` },
      ]);
    }
  }
  await write(trx, movements);
}

type Level = { sku: string; onHand: number; reserved: number };

/** The products' stock, each row locked in key order; a product's first movement makes its row. */
async function lockLevels(trx: Trx, skus: readonly string[]): Promise<Map<string, Level>> {
  await sql`
    INSERT INTO stock (sku, location)
    SELECT sku, ${mainLocation} FROM products WHERE sku = ANY(${skus}::text[]) ORDER BY sku
    ON CONFLICT DO NOTHING`.execute(trx);
  const { rows } = await sql<Level>`
    SELECT sku, on_hand AS "onHand", reserved FROM stock
    WHERE sku = ANY(${skus}::text[]) AND location = ${mainLocation}
    ORDER BY sku, location FOR NO KEY UPDATE`.execute(trx);
  return new Map(rows.map((row) => [row.sku, row]));
}

async function write(trx: Trx, movements: readonly StockMovement[]): Promise<void> {
  await sql`
    WITH moved AS (
      SELECT * FROM unnest(
        ${movements.map(({ sku }) => foldSku(sku))}::text[],
        ${movements.map(({ kind }) => kind)}::text[],
        ${movements.map(({ quantity }) => quantity)}::bigint[],
        ${movements.map(({ reason }) => reason)}::text[],
        ${movements.map(({ actor }) => actor)}::text[]
      ) WITH ORDINALITY AS m (sku, kind, quantity, reason, actor, nr)
    ), written AS (
      INSERT INTO stock_movements (sku, location, kind, on_hand_delta, reason, actor)
      SELECT sku, ${mainLocation}, kind, quantity, reason, actor FROM moved ORDER BY nr
    )
    UPDATE stock SET on_hand = on_hand + sums.quantity
    FROM (SELECT sku, sum(quantity)::bigint AS quantity FROM moved GROUP BY sku) AS sums
    WHERE stock.sku = sums.sku AND stock.location = ${mainLocation}`.execute(trx);
}

function unknownProduct(sku: string): Refused {
  return new Refused("product_not_found", `There is no product "${sku}". Add the product first.`);
}

async function tooFew(trx: Trx, level: Level, quantity: number): Promise<Refused> {
  const before = level.onHand - quantity;
  if (level.reserved > 0) return takenByOrders(trx, level, before, quantity);
  const least = before > 0 ? `at least ${-before}` : "above zero";
  return new Refused(
    "not_enough_on_hand",
    `${before} are on hand: ${-quantity} can't be taken away.`,
    [{ field: "quantity", message: `Must be ${least}.` }],
  );
}

async function takenByOrders(
  trx: Trx,
  level: Level,
  before: number,
  quantity: number,
): Promise<Refused> {
  const { rows } = await sql<{ number: string }>`
    SELECT number FROM holds JOIN orders ON orders.id = order_id
    WHERE sku = ${level.sku} AND location = ${mainLocation} AND holds.status IN ('held', 'sold')
    ORDER BY holds.id LIMIT ${namedOrders + 1}`.execute(trx);
  const named = rows.slice(0, namedOrders).map(({ number }) => number);
  const holders = named.length > 0 ? `, for ${named.join(", ")}` : "";
  const others = rows.length > namedOrders ? " and others" : "";
  return new Refused(
    "stock_is_held",
    `${before} are on hand and orders hold ${level.reserved} of them${holders}${others}: ` +
      `${-quantity} can't be taken away.`,
    [{ field: "quantity", message: `Must be at least ${level.reserved - before}.` }],
  );
}
