import { type RawBuilder, sql } from "kysely";
import type { Trx } from "../db/transaction.ts";
import { remark } from "./remark.ts";

/** Why a person should look at an order: a code that stays until somebody did. */
export type Flag = { orderId: string; code: string };

/** Jobs that fail say less than money that does not match: its code takes their place. */
const isOfJobs = (code: RawBuilder<unknown>) => sql<boolean>`(${code} LIKE '%\\_keeps\\_failing')`;

/** Of the row `orders`: a person is asked to look at its money. */
export const moneyIsFlagged = sql<boolean>`(
  orders.attention IS NOT NULL AND NOT ${isOfJobs(sql`orders.attention`)}
)`;

/**
 * Raises flags on orders. Each is a line in the history; what stays on the order until a person
 * has looked is the first, or the first that is about money. It blocks nothing.
 */
export async function flag(trx: Trx, flags: readonly Flag[], actor: string): Promise<void> {
  if (flags.length === 0) return;
  const { rows } = await sql<Flag>`
    WITH wanted AS (
      SELECT id, code, min(nr) AS nr FROM unnest(
        ${flags.map(({ orderId }) => orderId)}::uuid[], ${flags.map(({ code }) => code)}::text[]
      ) WITH ORDINALITY AS w (id, code, nr) GROUP BY 1, 2
    ), locked AS MATERIALIZED (
      SELECT id, attention FROM orders WHERE id IN (SELECT id FROM wanted)
      ORDER BY id FOR NO KEY UPDATE
    ), news AS (
      SELECT locked.id, code, attention, nr FROM locked JOIN wanted USING (id)
      WHERE attention IS NULL
        OR (${isOfJobs(sql`attention`)} AND NOT ${isOfJobs(sql`code`)})
        OR (attention <> code AND NOT EXISTS (
          SELECT FROM order_events WHERE order_id = locked.id AND event = 'attention'
            AND detail->>'code' = code
        ))
    ), raised AS (
      UPDATE orders SET attention = first.code FROM (
        SELECT DISTINCT ON (id) id, code FROM news
        WHERE attention IS NULL OR ${isOfJobs(sql`attention`)}
        ORDER BY id, ${isOfJobs(sql`code`)}, nr
      ) AS first
      WHERE orders.id = first.id AND (attention IS NULL OR NOT ${isOfJobs(sql`first.code`)})
    )
    SELECT id AS "orderId", code FROM news ORDER BY nr`.execute(trx);
  const remarks = rows.map(({ orderId, code }) => ({
    orderId,
    event: "attention" as const,
    detail: { code },
  }));
  await remark(trx, remarks, actor);
}
