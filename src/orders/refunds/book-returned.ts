import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import type { Advanced } from "../advance.ts";
import { requestRefunds } from "./request-refunds.ts";

/** Money that a person gave back to a customer by other means than Stripe. */
export type Returned = {
  orderId: string;
  orderNumber: string;
  /** Of which payments, and how much of each. */
  parts: readonly { paymentId: string; amountMinor: number }[];
  /** How it went back, such as the number of a bank transfer. */
  returned: string;
  /** What is meant, once: the same again books nothing. */
  intention: string;
  actor: string;
};

/**
 * Books money as given back that went back outside Aurora, so that nobody gives it back again: not
 * when the order ends, nor when it is paid otherwise, nor with a cancellation. The caller holds the
 * order's lock.
 *
 * @throws Refused where a payment has less left than that
 */
export async function bookReturned(
  trx: Trx,
  settings: Pick<Settings, "LEASE_SECONDS">,
  { parts, intention, ...about }: Returned,
): Promise<Advanced> {
  const wishes = parts.map((part, index) => {
    const rest = { reason: "other", note: null, byHand: true };
    return { ...about, ...part, ...rest, intention: `${intention}:${index}` };
  });
  const { results, hints, noted } = await requestRefunds(trx, settings, wishes);
  const refused = results.find((result) => result instanceof Refused);
  if (refused) throw refused;
  return { moved: [], hints, noted };
}
