import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { InvariantBroken } from "../../errors.ts";
import { uuidOrNull } from "../../payments/inbox.ts";
import type { Intent } from "../../payments/intent.ts";
import type { Advanced } from "../advance.ts";
import { applyIntents } from "./apply-intent.ts";
import type { Ownership } from "./judge-intent.ts";

/**
 * Takes an intent that was paid, that bears our stamp and that we don't know, into the order that
 * it names: as a payment of its own, which then goes through the one door. The door decides
 * whether it pays for the order or goes back.
 */
export async function adoptIntent(
  trx: Trx,
  settings: Settings,
  ownership: Ownership,
  { intent, orderId, observedAt }: { intent: Intent; orderId: string; observedAt: string },
): Promise<Advanced> {
  await sql`SELECT FROM orders WHERE id = ${orderId}::uuid FOR NO KEY UPDATE`.execute(trx);
  const paymentId = await insertPayment(trx, intent, orderId);
  // The payment that the stamp names may be here with another intent. The door takes an intent
  // only for the payment that it names: it is shown the name under which it was adopted.
  const observation = { paymentId, intent: { ...intent, paymentId }, observedAt };
  const { applied, ...advanced } = await applyIntents(trx, settings, ownership, [observation]);
  if (applied[0]?.status !== "captured") {
    throw new InvariantBroken(
      "not_adopted",
      `${intent.id} is captured, and was not taken as such.`,
    );
  }
  return advanced;
}

/**
 * Writes the payment as one that failed, which only money can change: as a living one it would
 * collide with the order's next attempt, which may be open at this moment.
 */
async function insertPayment(trx: Trx, intent: Intent, orderId: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    INSERT INTO payments
      (id, order_id, attempt, status, amount_minor, currency, intent_id, asked_at, created_at)
    SELECT CASE WHEN wanted IS NULL OR EXISTS (SELECT FROM payments WHERE id = wanted)
        THEN ${uuidv7()}::uuid ELSE wanted END,
      orders.id, 1 + coalesce((SELECT max(attempt) FROM payments WHERE order_id = orders.id), 0),
      'failed', total_minor, currency, ${intent.id}, ${intent.createdAt}, ${intent.createdAt}
    FROM orders, (SELECT ${uuidOrNull(intent.paymentId)}::uuid AS wanted) AS stamp
    WHERE orders.id = ${orderId}::uuid
    RETURNING id`.execute(trx);
  if (!rows[0]) throw new InvariantBroken("not_adopted", `There is no order ${orderId}.`);
  return rows[0].id;
}
