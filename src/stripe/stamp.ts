/** The names under which our stamp stands in the metadata of what we make at Stripe. */
export const stamp = {
  order: "order_id",
  payment: "payment_id",
  refund: "refund_id",
  installation: "aurora_installation",
} as const;

/** The id of what Stripe names by its id or shows whole. */
export function idOf(named: string | { id: string } | null | undefined): string | null {
  return typeof named === "string" ? named : (named?.id ?? null);
}
