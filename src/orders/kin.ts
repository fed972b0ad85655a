import { type RawBuilder, sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Trx } from "../db/transaction.ts";
import { type OrderStatus, soldStatuses } from "./lifecycle.ts";

/**
 * An order that was placed again and its copies are kin, and so are copies of copies: one wish of
 * one customer, of which one at most is to be paid.
 */
export type Kin = {
  /** Whose kin it is. */
  of: string;
  id: string;
  number: string;
  status: OrderStatus;
};

/** Why an order was closed, or its money goes back: its kin is paid. */
export const paidAsAnother = "paid_as_another";

/** In these an order can still be paid. */
const livingStatuses: readonly OrderStatus[] = ["draft", "reserving", "awaiting_payment"];

/** One of the kin is paid, however far its goods have come. */
export function isSold({ status }: Pick<Kin, "status">): boolean {
  return soldStatuses.includes(status);
}

export function isLiving({ status }: Pick<Kin, "status">): boolean {
  return livingStatuses.includes(status);
}

/** Nobody orders the same more often: of one with more copies the rest is not followed. */
const mostCopies = 100;

/** The orders that seeds name, and all their kin, by what their histories say of copies. */
export function kinFrom(seeds: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`kin (of, id) AS (
    SELECT id, id FROM (${seeds}) AS seeds (id)
    UNION
    SELECT kin.of, other.id FROM kin, LATERAL (
      SELECT coalesce(detail->>'orderId', detail->>'copies')::uuid AS id FROM order_events
      WHERE order_id = kin.id AND event IN ('placed', 'ordered_again')
        AND coalesce(detail->>'orderId', detail->>'copies') IS NOT NULL
      LIMIT ${mostCopies}
    ) AS other
  )`;
}

/**
 * The order of each of the kin, one by one: PostgreSQL expects far more kin than there are, and
 * would join them by reading all orders.
 */
const orderOfKin = sql`LATERAL (
  SELECT id, number, status FROM orders WHERE orders.id = kin.id LIMIT 1
) AS found`;

/**
 * Whether one of an order's kin may be paid, told by its own row: it has ended, or is a copy, or is
 * being closed. What is none of these is alive, and whatever pays its kin closes it at once.
 */
export const mayHavePaidKin = sql<boolean>`(
  pays_by_link OR status IN ('expired', 'cancelled') OR closing IS NOT NULL
)`;

/**
 * Locks orders and all their kin in the one order of locks: for those who may end one of the kin
 * that was placed before. While that lives, it is paid under no lock but its own.
 */
export async function lockWithKin(
  trx: Trx,
  orderIds: readonly string[],
): Promise<{ id: string; version: number }[]> {
  const { rows } = await sql<{ id: string; version: number }>`
    WITH RECURSIVE ${kinFrom(sql`SELECT unnest(${orderIds}::uuid[])`)}
    SELECT id, version FROM orders WHERE id = ANY(ARRAY(SELECT id FROM kin))
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  return rows;
}

/**
 * `kin` of payments' orders, to be locked with them in the one order of locks, where one of them
 * may be paid: all other orders cost one look at rows that are read anyway.
 */
export function kinOfPayments(paymentIds: readonly string[]): RawBuilder<unknown> {
  return kinFrom(sql`
    SELECT found.id FROM payments, LATERAL (
      SELECT id FROM orders
      WHERE id = order_id AND ${mayHavePaidKin} LIMIT 1
    ) AS found
    WHERE payments.id = ANY(${paymentIds}::uuid[])`);
}

/**
 * Locks the kin of orders whose locks the caller holds, and answers how all of them stand. Only
 * those with greater ids are locked, so that nobody waits in a circle: whoever decides on any of
 * the kin holds the lock of the greatest.
 */
export async function lockKin(trx: Trx, orderIds: readonly string[]): Promise<Kin[]> {
  if (orderIds.length === 0) return [];
  const seeds = sql`SELECT unnest(${orderIds}::uuid[])`;
  await sql`
    WITH RECURSIVE ${kinFrom(seeds)}
    SELECT FROM orders WHERE id = ANY(ARRAY(SELECT id FROM kin WHERE id > of))
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  // A second statement: it sees the copies that were made while the locks were waited for.
  return await readKin(trx, orderIds);
}

/** How the kin of orders stand at this moment, without a lock. */
export async function readKin(db: Db | Trx, orderIds: readonly string[]): Promise<Kin[]> {
  const { rows } = await sql<Kin>`
    WITH RECURSIVE ${kinFrom(sql`SELECT unnest(${orderIds}::uuid[])`)}
    SELECT DISTINCT kin.of, found.id, number, status FROM kin, ${orderOfKin}
    WHERE kin.id <> kin.of ORDER BY found.id, kin.of`.execute(db);
  return rows;
}
