import type { Intent } from "../payments/intent.ts";
import type { PaymentStatus } from "../payments/lifecycle.ts";
import type { Move } from "./advance.ts";
import type { Flag } from "./attention.ts";
import type { EditRefusal } from "./edits/pending-edits.ts";
import { paidAsAnother } from "./kin.ts";
import type { Ending, OrderEvent } from "./lifecycle.ts";
import type { PaymentRow } from "./paying/payment-rows.ts";

/** What a payment's new state does to its order. */
export type Consequence = {
  attention: Flag | null;
  move: (Move & { event: OrderEvent }) | null;
  /** Money came for an order that had ended: hold its goods again, or give the money back. */
  revive: boolean;
  /** Money that is to go back in full, and why. */
  refund: "second_payment" | "late_money" | null;
  /** The order can still be paid, and its intent is dead: it needs another one. */
  reopen: boolean;
  /** Why it can't be changed any more, where it was closing for that. */
  refusesEdit: EditRefusal | null;
};

export const nothingFollows: Consequence = {
  attention: null,
  move: null,
  revive: false,
  refund: null,
  reopen: false,
  refusesEdit: null,
};

/** What a payment's new state does to its order; `isOverdue`: it has been on its way too long. */
export function consequenceOf(
  row: PaymentRow,
  intent: Intent,
  status: PaymentStatus,
  isOverdue: boolean,
): Consequence {
  if (status === "captured") return afterCapture(row, intent);
  if (row.orderStatus !== "awaiting_payment") return nothingFollows;
  if (status === "cancelled") return afterCancel(row);
  if (row.closing === "edited") {
    // Stripe cancels nothing that is on its way: the customer is paying for it as it was.
    const isUnderWay = status === "processing";
    return { ...nothingFollows, refusesEdit: isUnderWay ? "payment_processing" : null };
  }
  if (status === "processing" && row.closing && isOverdue) {
    // The stock has waited long enough. Money that comes all the same is honoured or refunded.
    return ended(row, row.closing, { because: "still_processing" });
  }
  return nothingFollows;
}

/** Money that has moved is never vetoed: it is honoured, given back, or shown to a person. */
function afterCapture(row: PaymentRow, intent: Intent): Consequence {
  const { orderId, orderStatus, closing } = row;
  // Money that somebody has given back already pays for nothing.
  const isWhole = intent.refundedMinor === 0;
  const code = isWhole ? "amount_mismatch" : "refunded_at_stripe";
  const isAsked = intent.capturedMinor === row.amountMinor && intent.currency === row.currency;
  const matches = isWhole && isAsked && row.amountMinor === row.orderTotalMinor;
  if (row.otherCaptured) {
    const attention = { orderId, code: "second_payment" };
    return { ...nothingFollows, attention, refund: "second_payment" };
  }
  if (row.paidAsAnother) return paidTwice(row);
  if (orderStatus === "awaiting_payment") {
    if (!matches) {
      const refusesEdit = closing === "edited" ? "payment_under_review" : null;
      return { ...nothingFollows, attention: { orderId, code }, refusesEdit };
    }
    const detail = closing === "cancelled" ? { cancelledTooLate: true } : {};
    return { ...nothingFollows, move: { orderId, event: "payment_captured", detail } };
  }
  const hasEnded = orderStatus === "expired" || orderStatus === "cancelled";
  const revive = hasEnded && row.isYoung && matches;
  return revive ? { ...nothingFollows, revive } : { ...nothingFollows, refund: "late_money" };
}

/** The customer has paid the same wish as another order: this one ends, and its money goes back. */
function paidTwice({ orderId, orderStatus }: PaymentRow): Consequence {
  if (orderStatus !== "awaiting_payment") return { ...nothingFollows, refund: "second_payment" };
  const detail = { because: paidAsAnother };
  return { ...nothingFollows, move: { orderId, event: "cancelled", detail } };
}

function afterCancel(row: PaymentRow): Consequence {
  const { orderId, closing } = row;
  if (closing === null) return { ...nothingFollows, reopen: true };
  if (closing === "edited") return { ...nothingFollows, move: { orderId, event: "edited" } };
  return ended(row, closing, row.paidAsAnother ? { because: paidAsAnother } : {});
}

function ended(
  { orderId }: PaymentRow,
  closing: Ending,
  detail: Record<string, unknown>,
): Consequence {
  const event = closing === "expired" ? "hold_expired" : "cancelled";
  return { ...nothingFollows, move: { orderId, event, detail } };
}
