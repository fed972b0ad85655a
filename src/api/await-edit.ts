import { setTimeout as pause } from "node:timers/promises";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { Refused } from "../errors.ts";
import type { EditRefusal } from "../orders/edits/pending-edits.ts";

/** So long an answer waits for Stripe and the stock; it looks soon, then less often. */
const patienceMilliseconds = 5_000;
const firstPauseMilliseconds = 50;
const longestPauseMilliseconds = 300;
const growth = 1.5;

type Look = { isPending: boolean; because: EditRefusal | null };

/**
 * Waits until it is known what became of an edit that was asked for at this version; false where
 * that takes longer.
 *
 * @throws Refused where the order stays as it was
 */
export async function awaitEdit(db: Db, orderId: string, version: number): Promise<boolean> {
  const deadline = performance.now() + patienceMilliseconds;
  for (
    let next = firstPauseMilliseconds;
    ;
    next = Math.min(next * growth, longestPauseMilliseconds)
  ) {
    const { isPending, because } = await look(db, orderId, version);
    if (because) throw new Refused(codes[because], sentences[because]);
    if (!isPending) return true;
    if (performance.now() + next > deadline) return false;
    await pause(next);
  }
}

async function look(db: Db, orderId: string, version: number): Promise<Look> {
  const { rows } = await sql<Look>`
    SELECT status = 'reserving' OR closing IS NOT DISTINCT FROM 'edited' AS "isPending", (
      SELECT detail->>'because' FROM order_events
      WHERE order_id = orders.id AND event = 'edit_refused' AND seq > ${version}
      ORDER BY seq LIMIT 1
    ) AS because
    FROM orders WHERE id = ${orderId}::uuid`.execute(db);
  return rows[0] ?? { isPending: false, because: null };
}

const codes = {
  paid: "order_is_paid",
  payment_processing: "payment_processing",
  payment_under_review: "payment_under_review",
  over: "order_is_over",
} satisfies Record<EditRefusal, string>;

const sentences: Record<EditRefusal, string> = {
  paid: "The customer was faster: the order is paid as it was, and stays so.",
  payment_processing: "The customer was faster: a payment for the order as it was is on its way.",
  payment_under_review: "Money came that does not match. An operator decides.",
  over: "The order is over, and stays as it was.",
};
