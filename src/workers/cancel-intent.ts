import { Unavailable } from "../errors.ts";
import { type Applied, intentDoor } from "../orders/paying/apply-intent.ts";
import type { IntentToCancel } from "../payments/gateway.ts";
import type { Observation } from "../payments/intent.ts";
import type { StripeMeans } from "./sync.ts";

/** Cancels intents at Stripe; what Stripe answers goes through the one door. */
export function cancelIntent(means: StripeMeans): {
  apply(observation: Observation): Promise<Applied | null>;
  cancel(wanted: IntentToCancel, observedAt: string): Promise<Applied | null>;
} {
  const apply = intentDoor(means);
  return {
    apply,
    async cancel(wanted, observedAt) {
      const intent = await means.gateway.cancelIntent(wanted);
      return await apply({ paymentId: wanted.paymentId, intent, observedAt });
    },
  };
}

/** A payment that is still open after its cancel was asked for is asked again later. */
export function retryIfOpen(applied: Applied | null): undefined {
  const { status } = applied ?? {};
  if (status === "created" || status === "pending" || status === "action_required") {
    throw new Unavailable("payment_undecided", `Stripe still says ${status}.`);
  }
}
