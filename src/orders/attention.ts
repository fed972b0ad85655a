import { sql } from "kysely";
import type { Trx } from "../db/transaction.ts";
import { remark } from "./remark.ts";

/** Why a person should look at an order: a code that stays until somebody did. */
export type Flag = { orderId: string; code: string };

/**
 * Raises flags on orders, with a line in their history. The first stays until a person has
 * looked: money that does not match must not hide behind a mail that failed. It blocks nothing.
 */
export async function flag(trx: Trx, flags: readonly Flag[], actor: string): Promise<void> {
  if (flags.length === 0) return;
  const { rows } = await sql<{ id: string; attention: string }>`
    WITH wanted AS (
      SELECT DISTINCT ON (id) id, code FROM unnest(
        ${flags.map(({ orderId }) => orderId)}::uuid[], ${flags.map(({ code }) => code)}::text[]
      ) AS w (id, code) ORDER BY id
    ), locked AS MATERIALIZED (
      SELECT orders.id, code FROM orders JOIN wanted USING (id)
      WHERE attention IS NULL ORDER BY orders.id FOR NO KEY UPDATE OF orders
    )
    UPDATE orders SET attention = locked.code FROM locked WHERE orders.id = locked.id
    RETURNING orders.id, attention`.execute(trx);
  const remarks = rows.map(({ id, attention }) => ({
    orderId: id,
    event: "attention" as const,
    detail: { code: attention },
  }));
  await remark(trx, remarks, actor);
}
