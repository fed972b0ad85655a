/**
 * Why people give money back. The first three are Stripe's own. The mail tells the customer each
 * but fraudulent and other.
 */
export const refundReasons = [
  "requested_by_customer",
  "duplicate",
  "fraudulent",
  "damaged",
  "not_delivered",
  "out_of_stock",
  "goodwill",
  "other",
] as const;
