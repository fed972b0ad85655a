import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import type { Settings } from "../config.ts";
import { leased } from "../db/clock.ts";
import type { Db } from "../db/connect.ts";
import type { Trx } from "../db/transaction.ts";
import type { Hint } from "../queues/hint.ts";

type BreakFault = "unknown_here" | "unknown_at_stripe" | "differs";
/** `set_aside`: it was copied, and is for the installation that was copied to settle. */
export type BreakOutcome = "adopted" | "cancelled" | "refunded" | "applied" | "found" | "set_aside";

/** A difference between Stripe's books and ours. */
type Break = {
  /** Stripe's id of the intent, refund or dispute. */
  objectId: string;
  fault: BreakFault;
  orderId: string | null;
  paymentId: string | null;
  ours: object | null;
  theirs: object | null;
};

/** A break that is settled as it is found, or that could not be settled yet. */
export type FoundBreak = Break & ({ outcome: BreakOutcome } | { outcome: null; reason: string });

/**
 * Puts a break on record: settled at once, or open with a clock. The same break is never open
 * twice; a settled one closes what was open of it. Answers the hints of those that are new.
 */
export async function recordBreak(
  db: Db | Trx,
  settings: Pick<Settings, "LEASE_SECONDS">,
  found: FoundBreak,
): Promise<Hint[]> {
  if (found.outcome === null) return await openBreak(db, settings, found);
  const { objectId, fault, outcome } = found;
  await sql`
    WITH closed AS (
      UPDATE breaks SET status = 'settled', outcome = ${outcome}, settled_at = now(),
        due_at = NULL, last_error = NULL
      WHERE object_id = ${objectId} AND fault = ${fault} AND status = 'open'
      RETURNING id
    )
    INSERT INTO breaks (${columns}, status, outcome, settled_at)
    SELECT ${valuesOf(found)}, 'settled', ${outcome}, now()
    WHERE NOT EXISTS (SELECT FROM closed)`.execute(db);
  return [];
}

const columns = sql`id, object_id, fault, order_id, payment_id, ours, theirs`;

function valuesOf({ objectId, fault, orderId, paymentId, ours, theirs }: Break) {
  const json = (value: object | null) => (value === null ? null : JSON.stringify(value));
  return sql`${uuidv7()}::uuid, ${objectId}, ${fault}, ${orderId}::uuid, ${paymentId}::uuid,
    ${json(ours)}::jsonb, ${json(theirs)}::jsonb`;
}

async function openBreak(
  db: Db | Trx,
  settings: Pick<Settings, "LEASE_SECONDS">,
  found: Break & { reason: string },
): Promise<Hint[]> {
  const { rows } = await sql<{ id: string; fresh: boolean; order: string | null }>`
    INSERT INTO breaks (${columns}, last_error, due_at)
    SELECT ${valuesOf(found)}, ${found.reason},
      ${leased(settings)}
    ON CONFLICT (object_id, fault) WHERE status = 'open'
    DO UPDATE SET ours = excluded.ours, theirs = excluded.theirs
    RETURNING id, xmax = 0 AS fresh,
      (SELECT number FROM orders WHERE orders.id = order_id) AS "order"`.execute(db);
  return rows.flatMap(({ id, fresh, order }): Hint[] =>
    fresh ? [{ queue: "payment", kind: "settle_break", id, version: 1, round: 0, order }] : [],
  );
}

export type OpenBreak = Pick<Break, "objectId" | "fault"> & { id: string; round: number };

export async function readOpenBreak(db: Db, id: string): Promise<OpenBreak | null> {
  const { rows } = await sql<OpenBreak>`
    SELECT id, object_id AS "objectId", fault, round FROM breaks
    WHERE id = ${id}::uuid AND status = 'open'`.execute(db);
  return rows[0] ?? null;
}

/** Books how a break was settled. */
export async function closeBreak(db: Db | Trx, id: string, outcome: BreakOutcome): Promise<void> {
  await sql`
    UPDATE breaks SET status = 'settled', outcome = ${outcome}, settled_at = now(),
      due_at = NULL, last_error = NULL
    WHERE id = ${id}::uuid AND status = 'open'`.execute(db);
}

/** What can't be settled yet is looked at each hour, for as long as it takes. */
export async function postponeBreak(db: Db, id: string, reason: string): Promise<void> {
  await sql`
    UPDATE breaks SET due_at = now() + interval '1 hour', sweeps = 0, last_error = ${reason}
    WHERE id = ${id}::uuid AND status = 'open'`.execute(db);
}
