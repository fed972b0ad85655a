import type { Intent } from "../../src/payments/intent.ts";

type Plain = Pick<
  Intent,
  "createdAt" | "method" | "fee" | "refundedMinor" | "disputed" | "declines"
>;

/** What an intent says that nobody has paid, refunded or disputed yet. */
export function plainIntent(): Plain {
  return {
    createdAt: new Date(),
    method: null,
    fee: null,
    refundedMinor: 0,
    disputed: false,
    declines: [],
  };
}
