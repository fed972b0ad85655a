import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import type { PaymentGateway } from "../payments/gateway.ts";
import type { Redis } from "../queues/redis.ts";
import { connectStripe } from "./client.ts";
import { createStripeGateway } from "./gateway.ts";
import { createLimiter } from "./limiter.ts";
import { askPatiently } from "./patient-ask.ts";

export type GatewayMeans = { redis: Redis; prefix: string; log: Log };

/**
 * A process's one way to Stripe, within the rate that all processes share. Making it asks nobody:
 * a process starts also while Stripe and Redis are away.
 */
export function connectGateway(
  stripe: Config["stripe"],
  { redis, prefix, log }: GatewayMeans,
): PaymentGateway {
  const perSecond = stripe.STRIPE_REQUESTS_PER_SECOND;
  const book = createLimiter({ redis, prefix, perSecond });
  const ask = askPatiently({ book, log, concurrency: stripe.STRIPE_CONCURRENCY });
  return createStripeGateway(connectStripe(stripe), ask);
}
