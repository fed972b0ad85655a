import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { formatMoney } from "../../notifications/format.ts";

/** Orders that may be paid at any moment, and what they cost, by currency in minor units. */
export type UnseenMoney = { orders: number; atStakeMinor: Record<string, number> };
export const none: UnseenMoney = { orders: 0, atStakeMinor: {} };

/** What nobody sees come while Stripe's events are not read, where a webhook is lost. */
export async function unseenMoney(db: Db): Promise<UnseenMoney> {
  const { rows } = await sql<{ currency: string; orders: number; minor: number }>`
    SELECT currency, count(*) AS orders, sum(total_minor)::bigint AS minor
    FROM orders
    WHERE orders.due_at IS NOT NULL AND status = 'awaiting_payment' AND EXISTS (
      SELECT FROM payments WHERE order_id = orders.id AND secret_stored_at IS NOT NULL
        AND payments.due_at IS NOT NULL
    ) GROUP BY 1 ORDER BY 1`.execute(db);
  return {
    orders: rows.reduce((sum, { orders }) => sum + orders, 0),
    atStakeMinor: Object.fromEntries(rows.map(({ currency, minor }) => [currency, minor])),
  };
}

export function wordsOf({ orders, atStakeMinor }: UnseenMoney): string {
  if (orders === 0) return "No order waits for a payment at this moment.";
  const sums = Object.entries(atStakeMinor).map(([currency, minor]) => {
    return formatMoney(minor, currency, "en");
  });
  const those = orders === 1 ? "1 order waits" : `${orders} orders wait`;
  return (
    `${those} for a payment (${sums.join(", ")}): if one is paid and its webhook is lost, ` +
    "no list shows it. Its own page asks Stripe."
  );
}
