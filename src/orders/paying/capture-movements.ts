import type { Movement } from "../../payments/ledger.ts";
import type { Verdict } from "./judge-intent.ts";

/** What the ledger is told of a payment that was just captured: the money, and Stripe's fee. */
export function captureMovements({ row, next, intent, observed }: Verdict): Movement[] {
  if (!observed || next.status !== "captured" || next.capturedCurrency === null) return [];
  const { orderId, paymentId } = row;
  const about = { orderId, paymentId };
  const capture: Movement = {
    ...{ movement: `capture:${paymentId}`, from: "sales", to: "stripe", ...about },
    ...{ amountMinor: next.capturedMinor, currency: next.capturedCurrency },
  };
  return intent.fee ? [capture, feeMovement(about, intent.fee)] : [capture];
}

/** What Stripe keeps of a payment, in the currency that it settles in. */
export function feeMovement(
  { orderId, paymentId }: Pick<Movement, "orderId" | "paymentId">,
  fee: { amountMinor: number; currency: string },
): Movement {
  return {
    ...{ movement: `fee:${paymentId}`, from: "stripe", to: "fees", orderId, paymentId },
    ...fee,
  };
}
