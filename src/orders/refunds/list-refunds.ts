import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import type { RefundStatus } from "../../payments/lifecycle.ts";

/** A refund as its shop sees it. Amounts in minor units. */
export type RefundView = {
  id: string;
  orderId: string;
  status: RefundStatus;
  amountMinor: number;
  currency: string;
  reason: string;
  note: string | null;
  failure: string | null;
  lines: { sku: string; quantity: number }[];
  createdAt: Date;
  settledAt: Date | null;
};

/** An order's refunds, oldest first: also those that were made at Stripe itself. */
export async function refundsOf(db: Db, orderId: string): Promise<RefundView[]> {
  const { rows } = await sql<RefundView>`
    SELECT id, order_id AS "orderId", status, amount_minor AS "amountMinor", currency, reason, note,
      failure, created_at AS "createdAt", settled_at AS "settledAt",
      (SELECT coalesce(json_agg(json_build_object(
          'sku', written_sku, 'quantity', quantity) ORDER BY refund_lines.sku), '[]')
        FROM refund_lines JOIN products ON products.sku = refund_lines.sku
        WHERE refund_id = refunds.id) AS lines
    FROM refunds WHERE order_id = ${orderId} ORDER BY created_at, id`.execute(db);
  return rows;
}
