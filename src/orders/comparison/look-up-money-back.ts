import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { isOwnPayment } from "../../db/own-rows.ts";

/** A refund or a dispute, as far as the two are alike. */
export type MoneyBack = {
  id: string;
  status: string;
  amountMinor: number;
  currency: string;
  intentId: string | null;
  /** Our stamp, where the object can bear one. */
  installation?: string | null;
};

/** What our books say of it. */
export type BookedMoneyBack = {
  id: string;
  /** The payment of ours whose money it is, or null. */
  paymentId: string | null;
  orderId: string | null;
  status: string | null;
  amountMinor: number | null;
  /**
   * Money of an order that we don't know went back: only the ledger tells of it, and of a bank that
   * returned it.
   */
  orphan: "succeeded" | "failed" | null;
};

/** Where each kind has its rows, and the column that holds Stripe's id. */
const places = {
  refunds: sql`refunds ON refunds.stripe_id`,
  disputes: sql`disputes ON disputes.id`,
} as const;
export type MoneyBackKind = keyof typeof places;

/** Looks refunds or disputes up in our books, a page of Stripe's list at once. */
export async function lookUpMoneyBack(
  db: Db,
  kind: MoneyBackKind,
  seen: readonly MoneyBack[],
): Promise<BookedMoneyBack[]> {
  const row = (column: string) => sql.ref(`${kind}.${column}`);
  const { rows } = await sql<BookedMoneyBack>`
    SELECT s.id, payments.id AS "paymentId", payments.order_id AS "orderId",
      ${row("status")} AS status, ${row("amount_minor")} AS "amountMinor",
      (
        SELECT CASE WHEN bool_or(movement LIKE 'refund_failed:%') THEN 'failed'
          WHEN count(*) > 0 THEN 'succeeded' END
        FROM ledger_entries WHERE payment_id IS NULL
          AND movement IN ('refund:' || s.id, 'refund_failed:' || s.id)
      ) AS orphan
    FROM unnest(
      ${seen.map(({ id }) => id)}::text[], ${seen.map(({ intentId }) => intentId)}::text[]
    ) AS s (id, intent_id)
    LEFT JOIN payments ON payments.intent_id = s.intent_id AND ${isOwnPayment}
    LEFT JOIN ${places[kind]} = s.id`.execute(db);
  return rows;
}
