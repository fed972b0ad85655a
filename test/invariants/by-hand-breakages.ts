import { type Breakage, openLedger } from "./breakages.ts";

/** Money that Stripe gave back, and that is booked as if a person had done it by hand. */
export const byHandBreakages: [string, Breakage][] = [
  [
    "refunded_is_booked",
    ({ refunded }) => [
      openLedger,
      `UPDATE ledger_entries SET account = 'external' WHERE account = 'stripe'
       AND order_id = '${refunded}' AND movement LIKE 'refund:%'`,
    ],
  ],
  [
    "captures_are_booked_where_they_lie",
    ({ refunded }) => [
      `UPDATE refunds SET provider = 'external', stripe_id = NULL, asked_at = NULL
       WHERE order_id = '${refunded}' AND status = 'succeeded'`,
    ],
  ],
];
