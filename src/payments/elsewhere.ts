import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import type { Trx } from "../db/transaction.ts";
import { Refused } from "../errors.ts";
import { book } from "./ledger.ts";

type Payable = { id: string; currency: string; totalMinor: number };

/**
 * Books all of an order's money as come by other means than Stripe: a payment that is captured from
 * the start, and that no intent stands behind. Answers its id.
 */
export async function bookElsewhere(
  trx: Trx,
  { id: orderId, currency, totalMinor }: Payable,
  reference: string,
): Promise<string> {
  const paymentId = uuidv7();
  await sql`
    INSERT INTO payments (id, order_id, attempt, provider, reference, status, amount_minor,
      currency, captured_minor, captured_currency, captured_at)
    SELECT ${paymentId}::uuid, ${orderId}::uuid, 1 + coalesce(max(attempt), 0), 'external',
      ${reference}, 'captured', ${totalMinor}::bigint, ${currency}, ${totalMinor}::bigint,
      ${currency}, now()
    FROM payments WHERE order_id = ${orderId}::uuid`.execute(trx);
  await book(trx, [
    {
      ...{ movement: `capture:${paymentId}`, from: "sales", to: "external" },
      ...{ amountMinor: totalMinor, currency, orderId, paymentId },
    },
  ]);
  return paymentId;
}

/** Why Stripe can't give back what it never had. */
export function paidElsewhere(reference: string): Refused {
  return new Refused(
    "paid_elsewhere",
    `This money did not come through Stripe: give it back the way it came (${reference}).`,
  );
}
