import type { Noted } from "../advance.ts";
import type { Verdict } from "./judge-intent.ts";

/** What the log says of a payment: so that a grep for its order tells the payment's story too. */
export function logOf({ row, next, remarks, attention }: Verdict): Noted[] {
  const { orderId, orderNumber: order, paymentId } = row;
  const about = { orderId, order, paymentId, intentId: next.intentId };
  const notes: Noted[] = remarks.map(({ event }) => ({ ...about, event }));
  if (attention) notes.push({ ...about, event: "attention", code: attention.code });
  return notes;
}
