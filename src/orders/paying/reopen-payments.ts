import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { openPayments } from "../../payments/attempts.ts";
import { type Advanced, together } from "../advance.ts";
import { flag } from "../attention.ts";
import { remark } from "../remark.ts";
import type { Verdict } from "./judge-intent.ts";

/** Somebody who cancels an order's intents at Stripe again and again is left to a person. */
const mostAttempts = 5;

/**
 * Gives orders that can still be paid a new payment, where theirs was cancelled at Stripe by
 * another hand than ours.
 */
export async function reopenPayments(
  trx: Trx,
  settings: Settings,
  verdicts: readonly Verdict[],
  actor: string,
): Promise<Advanced> {
  const dead = verdicts.filter(({ reopen }) => reopen).map(({ row }) => row.orderId);
  if (dead.length === 0) return together();
  type Row = { id: string; number: string; currency: string; totalMinor: number; spent: boolean };
  const { rows } = await sql<Row>`
    SELECT id, number, currency, total_minor AS "totalMinor",
      (SELECT count(*) FROM payments WHERE order_id = orders.id) >= ${mostAttempts} AS spent
    FROM orders WHERE id = ANY(${dead}::uuid[])
      AND status = 'awaiting_payment' AND closing IS NULL
    ORDER BY id`.execute(trx);
  const spent = rows.filter((row) => row.spent);
  await flag(
    trx,
    spent.map(({ id: orderId }) => ({ orderId, code: "payment_cancelled_at_stripe" })),
    actor,
  );
  const open = rows.filter((row) => !row.spent);
  await remark(
    trx,
    open.map(({ id: orderId }) => ({ orderId, event: "payment_reopened" })),
    actor,
  );
  return { moved: [], hints: open.length > 0 ? await openPayments(trx, open, settings) : [] };
}
