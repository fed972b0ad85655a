import type { PlanOf } from "../diagnosis.ts";
import { type Act, type ActName, actNames } from "./act.ts";
import { cancel } from "./cancel.ts";
import { check } from "./check.ts";
import { extendHold } from "./extend-hold.ts";
import { orderAgain } from "./order-again.ts";
import { refund } from "./refund.ts";
import { releaseHold } from "./release-hold.ts";
import { replayDelivery } from "./replay-delivery.ts";
import { replayWebhook } from "./replay-webhook.ts";
import { requeueJob } from "./requeue-job.ts";
import { resend } from "./resend.ts";
import { retryPayment } from "./retry-payment.ts";
import { setStatus } from "./set-status.ts";
import { settle } from "./settle.ts";

/** Everything that operators can do, by name: pages, API and CLI do the same. */
export const acts: Record<ActName, Act> = {
  check,
  retry_payment: retryPayment,
  set_status: setStatus,
  resend,
  refund,
  cancel,
  release_hold: releaseHold,
  extend_hold: extendHold,
  replay_webhook: replayWebhook,
  replay_delivery: replayDelivery,
  requeue_job: requeueJob,
  order_again: orderAgain,
  settle,
};

export function isActName(name: string): name is ActName {
  return actNames.some((known) => known === name);
}

/** What an act would do to an order, from the facts alone. */
export const planOf: PlanOf = (act, input, facts) => acts[act].plan(facts, input);
