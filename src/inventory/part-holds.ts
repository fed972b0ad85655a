import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import type { Trx } from "../db/transaction.ts";
import { InvariantBroken, Refused } from "../errors.ts";
import { holdTransitions } from "./lifecycle.ts";
import { moveCounters } from "./move-counters.ts";

/** So many pieces of what an order holds of a product. */
export type Part = { orderId: string; sku: string; quantity: number };

/**
 * Why an order can't give these parts up, or null where it can: its holds are not what they should
 * be, and only a person can tell why. The caller has locked them.
 */
export async function refuseUnheld(trx: Trx, parts: readonly Part[]): Promise<Refused | null> {
  const { rows } = await sql<{ sku: string }>`
    SELECT sku FROM unnest(
      ${parts.map(({ orderId }) => orderId)}::uuid[],
      ${parts.map(({ sku }) => sku)}::text[],
      ${parts.map(({ quantity }) => quantity)}::bigint[]
    ) AS wanted (order_id, sku, quantity)
    WHERE NOT EXISTS (
      SELECT FROM holds
      WHERE holds.order_id = wanted.order_id AND holds.sku = wanted.sku
        AND holds.quantity >= wanted.quantity
        AND status = ANY(${holdTransitions.consume.from}::text[])
    ) ORDER BY sku`.execute(trx);
  if (rows.length === 0) return null;
  const names = rows.slice(0, mostNamed).map(({ sku }) => `"${sku}"`);
  const message = `The order does not hold as much of ${names.join(", ")} as it sold.`;
  return new Refused("hold_too_small", `${message} An operator must look at its stock.`);
}

const mostNamed = 5;

/** Ships parts of the orders' sold holds: the goods leave the house, and the hold. */
export async function consumeParts(trx: Trx, parts: readonly Part[], actor: string): Promise<void> {
  const taken = await takeParts(trx, "consume", parts, actor);
  await moveCounters(
    trx,
    taken.map(({ quantity, ...place }) => ({ ...place, onHand: -quantity, reserved: -quantity })),
  );
}

/** Gives parts of what the orders hold back: they are free for others. */
export async function releaseParts(trx: Trx, parts: readonly Part[], actor: string): Promise<void> {
  const taken = await takeParts(trx, "release", parts, actor);
  await moveCounters(
    trx,
    taken.map(({ quantity, ...place }) => ({ ...place, onHand: 0, reserved: -quantity })),
  );
}

const kinds = { consume: "ship", release: "release" } as const;

type Taken = { sku: string; location: string; quantity: number };

/**
 * Moves parts of live holds on, with their movements, and answers how much that is in each place.
 * A part that is less than its hold becomes a row of its own; what is left stays as it was. The
 * caller holds the orders' locks, and has seen that they hold as much.
 */
async function takeParts(
  trx: Trx,
  way: keyof typeof kinds,
  parts: readonly Part[],
  actor: string,
): Promise<Taken[]> {
  if (parts.length === 0) return [];
  const { from, to } = holdTransitions[way];
  const { rows } = await sql<Taken & { parts: number }>`
    WITH wanted AS (
      SELECT * FROM unnest(
        ${parts.map(() => uuidv7())}::uuid[],
        ${parts.map(({ orderId }) => orderId)}::uuid[],
        ${parts.map(({ sku }) => sku)}::text[],
        ${parts.map(({ quantity }) => quantity)}::bigint[]
      ) AS w (part_id, order_id, sku, quantity)
    ), locked AS MATERIALIZED (
      SELECT holds.id, part_id, wanted.quantity, wanted.quantity < holds.quantity AS is_part
      FROM holds JOIN wanted ON wanted.order_id = holds.order_id AND wanted.sku = holds.sku
        AND wanted.quantity <= holds.quantity
      WHERE holds.status = ANY(${from}::text[]) ORDER BY holds.id FOR NO KEY UPDATE OF holds
    ), moved AS (
      UPDATE holds SET changed_at = now(),
        status = CASE WHEN is_part THEN holds.status ELSE ${to} END,
        quantity = holds.quantity - CASE WHEN is_part THEN locked.quantity ELSE 0 END
      FROM locked WHERE holds.id = locked.id
      RETURNING holds.id, order_id, sku, location, created_at, part_id, is_part,
        locked.quantity AS taken
    ), split AS (
      INSERT INTO holds (id, order_id, sku, location, quantity, status, created_at, split_from)
      SELECT part_id, order_id, sku, location, taken, ${to}, created_at, id
      FROM moved WHERE is_part ORDER BY part_id
    ), written AS (
      INSERT INTO stock_movements
        (sku, location, kind, on_hand_delta, reserved_delta, hold_id, actor)
      SELECT sku, location, ${kinds[way]}, CASE ${way} WHEN 'consume' THEN -taken ELSE 0 END,
        -taken, CASE WHEN is_part THEN part_id ELSE id END, ${actor}
      FROM moved ORDER BY sku
    )
    SELECT sku, location, sum(taken)::bigint AS quantity, count(*) AS parts
    FROM moved GROUP BY 1, 2`.execute(trx);
  const moved = rows.reduce((sum, row) => sum + row.parts, 0);
  if (moved !== parts.length) {
    throw new InvariantBroken(
      "hold_too_small",
      "An order does not hold what it is to ship or give back. npm run invariants tells which.",
    );
  }
  return rows.map(({ sku, location, quantity }) => ({ sku, location, quantity }));
}
