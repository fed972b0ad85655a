import type { Start } from "../../src/orders/paying/start-payments.ts";
import { keySeconds } from "./memory-refunds.ts";
import type { PaymentRow } from "./memory-rows.ts";
import type { Tables } from "./memory-tables.ts";

/** What the books know of payments that are to begin at Stripe. */
export function startsIn(tables: Tables, now: () => Promise<string>) {
  const rowOf = (id: string) => tables.payments.get(id);
  return {
    async claimStart(paymentId: string): Promise<Start> {
      const payment = rowOf(paymentId);
      if (payment?.status !== "created") return { todo: "nothing", because: "not created" };
      const { orderId, amountMinor, tryNumber, intentId, askedAt } = payment;
      payment.askedAt ??= tables.now;
      const { status, closing } = tables.order(orderId);
      const observedAt = await now();
      if (intentId !== null && !(status === "awaiting_payment" && closing === null)) {
        return { todo: "cancel", cancel: { intentId, paymentId, tryNumber }, observedAt };
      }
      const about = { paymentId, orderId, orderNumber: orderId, installation: "ours" };
      const wanted = { ...about, amountMinor, currency: "gbp", tryNumber };
      const isOld = askedAt !== null && askedAt < tables.now - keySeconds;
      return {
        todo: "create",
        cancelTry: 1,
        wanted,
        observedAt,
        askedSince: isOld ? new Date(0) : null,
      };
    },
    async raiseCreateTry(paymentId: string) {
      const payment = rowOf(paymentId);
      if (payment?.status !== "created") return;
      payment.tryNumber += 1;
      payment.askedAt = tables.now;
    },
    async failStart(paymentId: string) {
      const payment = rowOf(paymentId);
      if (payment?.status !== "created") return;
      Object.assign(payment, { status: "failed", dueAt: null } satisfies Partial<PaymentRow>);
      tables.flag(payment.orderId, "payment_refused");
    },
  };
}
