import type { Breakage } from "./breakages.ts";

/** The first and the second are two copies of one order that was never paid. */
function siblings(first: string, second: string, original: string): string[] {
  return [
    `UPDATE orders SET pays_by_link = true WHERE id IN ('${first}', '${second}')`,
    `UPDATE order_events SET detail = jsonb_build_object('copies', '${original}')
     WHERE order_id IN ('${first}', '${second}') AND event = 'placed'`,
    `INSERT INTO order_events (order_id, seq, event, from_status, to_status, actor, shop_id, detail)
     SELECT orders.id, version + n, 'ordered_again', status, status, 'ops:ann', shop_id,
       jsonb_build_object('orderId', copy)
     FROM orders, unnest(ARRAY['${first}', '${second}']) WITH ORDINALITY AS made (copy, n)
     WHERE orders.id = '${original}'`,
  ];
}

/** Further ways in which one wish can be paid twice. */
export const kinBreakages: [string, Breakage][] = [
  ["one_wish_is_paid_once", ({ paid, alsoPaid, rejected }) => siblings(paid, alsoPaid, rejected)],
  [
    "one_wish_is_paid_once",
    // Half of it went back, and the other half failed to: that half is kept.
    ({ paid, refunded, rejected }) => siblings(paid, refunded, rejected),
  ],
];

/** A customer whose money is on its way back pays for the goods once. */
export const kinAtPeace: Breakage = ({ paid, refunded, rejected }) => [
  ...siblings(paid, refunded, rejected),
  `UPDATE refunds SET status = 'requested', due_at = now()
   WHERE order_id = '${refunded}' AND status = 'failed'`,
];
