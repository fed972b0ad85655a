import { createHash } from "node:crypto";
import type { WorthyLine } from "./worth.ts";

/** Money that somebody wants to go back. */
export type WantedRefund = {
  orderId: string;
  orderNumber: string;
  paymentId: string;
  /** In minor units; null means all that is left. */
  amountMinor: number | null;
  reason: string;
  note: string | null;
  /** What is meant, once: the same intention again is the same refund. */
  intention: string;
  actor: string;
  lines?: readonly WorthyLine[];
  /** A person says that money which did not come through Stripe was given back by hand. */
  byHand?: boolean;
  /** How money went back by other means, also where Stripe still has what came. */
  returned?: string;
};

/** Why Aurora gives money back by itself. */
export const ownReasons = [
  "late_money",
  "second_payment",
  "amount_mismatch",
  "order_cancelled",
] as const;
export type OwnReason = (typeof ownReasons)[number];

/** All that is left of a payment goes back, once, for a reason of our own. */
export function wholeRefund(
  place: Pick<WantedRefund, "orderId" | "orderNumber" | "paymentId">,
  reason: OwnReason,
  actor: string,
): WantedRefund {
  const { orderId, orderNumber, paymentId } = place;
  const intention = `${reason}:${paymentId}`;
  const rest = { amountMinor: null, reason, note: null, intention, actor };
  return { orderId, orderNumber, paymentId, ...rest };
}

/**
 * The id of the refund that an intention makes. It follows from the intention, so that the same
 * wish has the same key and the same body at Stripe even where our row was lost with a database
 * that was restored to an earlier moment.
 */
export function refundIdOf(intention: string): string {
  const bytes = createHash("sha256").update(intention).digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  const parts = [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ] as const;
  return parts.map(([from, to]) => hex.slice(from, to)).join("-");
}
