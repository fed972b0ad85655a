import { sql } from "kysely";
import type { Trx } from "../db/transaction.ts";
import type { Decline } from "./intent.ts";

export type NewDecline = Decline & { paymentId: string };

/** Books declines, each charge once; answers those that were new. */
export async function bookDeclines(
  trx: Trx,
  declines: readonly NewDecline[],
): Promise<NewDecline[]> {
  if (declines.length === 0) return [];
  const { rows } = await sql<{ charge_id: string }>`
    INSERT INTO payment_failures (charge_id, payment_id, code, decline_code)
    SELECT * FROM unnest(
      ${declines.map(({ chargeId }) => chargeId)}::text[],
      ${declines.map(({ paymentId }) => paymentId)}::uuid[],
      ${declines.map(({ code }) => code)}::text[],
      ${declines.map(({ declineCode }) => declineCode)}::text[]
    ) AS d (charge_id, payment_id, code, decline_code)
    ORDER BY charge_id
    ON CONFLICT DO NOTHING RETURNING charge_id`.execute(trx);
  const booked = new Set(rows.map((row) => row.charge_id));
  return declines.filter(({ chargeId }) => booked.delete(chargeId));
}

/** How many declines each order has had, over all its attempts. */
export async function countDeclines(
  trx: Trx,
  orderIds: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await sql<{ order_id: string; count: number }>`
    SELECT order_id, count(*) FROM payment_failures JOIN payments ON payments.id = payment_id
    WHERE order_id = ANY(${orderIds}::uuid[]) GROUP BY 1`.execute(trx);
  return new Map(rows.map(({ order_id, count }) => [order_id, count]));
}
