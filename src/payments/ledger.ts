import { type RawBuilder, sql } from "kysely";
import type { Trx } from "../db/transaction.ts";
import type { LedgerAccount } from "./lifecycle.ts";

/** Money that goes from one account to another, in minor units; below zero, the other way. */
export type Movement = {
  /** What moved, such as `capture:<payment's id>`: booked once, however often it is told. */
  movement: string;
  from: LedgerAccount;
  to: LedgerAccount;
  amountMinor: number;
  currency: string;
  orderId: string | null;
  paymentId: string | null;
};

/** Books movements, each with its two entries and each once, whoever books the same meanwhile. */
export async function book(trx: Trx, movements: readonly Movement[]): Promise<void> {
  await insertEntries(
    trx,
    movements,
    sql`ORDER BY movement, account ON CONFLICT ON CONSTRAINT a_movement_is_booked_once DO NOTHING`,
  );
}

/**
 * The same under the locks of the movements' payments: nobody else books these meanwhile, and to
 * insert what may conflict takes twice as long. Without the locks, the key refuses the twin.
 */
export async function bookLocked(trx: Trx, movements: readonly Movement[]): Promise<void> {
  await insertEntries(
    trx,
    movements,
    sql`WHERE NOT EXISTS (SELECT FROM ledger_entries AS e WHERE e.movement = m.movement)
      ORDER BY movement, account`,
  );
}

async function insertEntries(
  trx: Trx,
  movements: readonly Movement[],
  each: RawBuilder<unknown>,
): Promise<void> {
  const moved = movements.filter(({ amountMinor }) => amountMinor !== 0);
  if (moved.length === 0) return;
  await sql`
    INSERT INTO ledger_entries (movement, account, order_id, payment_id, amount_minor, currency)
    SELECT DISTINCT ON (movement, account)
      movement, account, order_id, payment_id, amount_minor * sign, currency
    FROM unnest(
      ${moved.map(({ movement }) => movement)}::text[],
      ${moved.map(({ from }) => from)}::text[],
      ${moved.map(({ to }) => to)}::text[],
      ${moved.map(({ amountMinor }) => amountMinor)}::bigint[],
      ${moved.map(({ currency }) => currency)}::text[],
      ${moved.map(({ orderId }) => orderId)}::uuid[],
      ${moved.map(({ paymentId }) => paymentId)}::uuid[]
    ) AS m (movement, source, target, amount_minor, currency, order_id, payment_id)
    CROSS JOIN LATERAL (VALUES (source, -1), (target, 1)) AS sides (account, sign)
    ${each}`.execute(trx);
}
