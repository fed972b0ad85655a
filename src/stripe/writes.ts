import type Stripe from "stripe";
import { Refused } from "../errors.ts";
import type { NewIntent, NewRefund, PaymentWrites } from "../payments/gateway.ts";
import type { Intent } from "../payments/intent.ts";
import type { Ask } from "./ask.ts";
import { answered, retrieve } from "./intents.ts";
import { intentExpansion } from "./read-intent.ts";
import { stamp } from "./stamp.ts";

/** Everything that changes something at Stripe, each under a key of its own. */
export function stripeWrites(stripe: Stripe, ask: Ask): PaymentWrites {
  return {
    async createIntent(wanted) {
      const options = { idempotencyKey: `aurora-create-${wanted.paymentId}-${wanted.tryNumber}` };
      const create = () => stripe.paymentIntents.create(newIntent(wanted), options);
      const intent = await ask("POST /v1/payment_intents", create);
      return { intent: answered(intent), replayed: isReplay(intent) };
    },

    async cancelIntent({ intentId, paymentId, tryNumber }) {
      const key = `aurora-cancel-${paymentId}-${tryNumber}`;
      const intent = await cancelOrRead(stripe, ask, intentId, key);
      // Stripe repeats its first answer to a key, also a refusal whose reason is gone meanwhile:
      // a payment that was being processed and then failed. The state makes it a new question.
      return isOpen(intent)
        ? await cancelOrRead(stripe, ask, intentId, `${key}-${intent.status}`)
        : intent;
    },

    async createRefund(wanted) {
      const options = { idempotencyKey: wanted.key };
      const create = () => stripe.refunds.create(newRefund(wanted), options);
      await ask("POST /v1/refunds", create);
    },
  };
}

function newIntent(wanted: NewIntent): Stripe.PaymentIntentCreateParams {
  return {
    amount: wanted.amountMinor,
    currency: wanted.currency,
    automatic_payment_methods: { enabled: true },
    description: `Order ${wanted.orderNumber}`,
    metadata: {
      [stamp.order]: wanted.orderId,
      [stamp.payment]: wanted.paymentId,
      [stamp.installation]: wanted.installation,
    },
  };
}

/** Stripe knows three reasons; ours stands in the metadata. */
const reasonsOfStripe = ["duplicate", "fraudulent", "requested_by_customer"] as const;

function newRefund(wanted: NewRefund): Stripe.RefundCreateParams {
  const reason = reasonsOfStripe.find((known) => known === wanted.reason);
  return {
    payment_intent: wanted.intentId,
    amount: wanted.amountMinor,
    ...(reason && { reason }),
    metadata: {
      ...(wanted.orderId && { [stamp.order]: wanted.orderId }),
      ...(wanted.refundId && { [stamp.refund]: wanted.refundId }),
      [stamp.installation]: wanted.installation,
      reason: wanted.reason,
    },
  };
}

function isOpen({ status }: Intent): boolean {
  return status === "needs_payment" || status === "needs_action";
}

/** Cancels, and answers how the intent stands then, by a fresh look unless the answer is one. */
async function cancelOrRead(
  stripe: Stripe,
  ask: Ask,
  intentId: string,
  key: string,
): Promise<Intent> {
  try {
    const params = { expand: intentExpansion };
    const cancelled = await ask("POST /v1/payment_intents/:id/cancel", () =>
      stripe.paymentIntents.cancel(intentId, params, { idempotencyKey: key }),
    );
    if (!isReplay(cancelled)) return answered(cancelled);
  } catch (error) {
    // It is paid, or being paid, or cancelled already: how it stands decides.
    if (!(error instanceof Refused)) throw error;
  }
  return await retrieve(stripe, ask, intentId);
}

/** A replayed answer is as old as its first sending. */
function isReplay({ lastResponse }: Stripe.Response<unknown>): boolean {
  return lastResponse.headers["idempotent-replayed"] === "true";
}
