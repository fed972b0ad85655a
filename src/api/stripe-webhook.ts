import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { inOneStatement } from "../db/transaction.ts";
import type { ProviderEvent } from "../payments/gateway.ts";
import { storeEvents } from "../payments/inbox.ts";
import { batcher } from "../queues/batcher.ts";
import { readBody } from "./body.ts";
import { answer, refusals } from "./documentation.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";

const route = createRoute({
  method: "post",
  path: "/v1/webhooks/stripe",
  tags: ["Webhooks"],
  summary: "Take an event from Stripe",
  description: "Only Stripe calls this: the signature in Stripe-Signature is checked.",
  responses: {
    200: answer("The event is stored.", z.object({ received: z.literal(true) })),
    ...refusals("webhook_not_genuine", "webhook_from_the_future", "payload_too_large"),
  },
});

/**
 * Takes Stripe's events: checked, stored raw, then answered. What they mean is found out by a
 * job that asks Stripe, so that Stripe never waits for us.
 */
export function addStripeWebhook(app: OpenAPIHono<ApiEnv>, parts: ApiParts): void {
  const { webhookDb, settings, hints, readWebhook } = parts;
  const store = batcher(async (events: ProviderEvent[]) => {
    const arrivals = events.map((event) => ({ event, source: "webhook" as const }));
    const made = await inOneStatement(webhookDb, (db) => storeEvents(db, settings, arrivals));
    hints.send(made.hints);
    return made.fresh;
  });

  app.openapi(route, async (c) => {
    const body = await readBody(c);
    await store(readWebhook(body, c.req.header("stripe-signature") ?? ""));
    return c.json({ received: true as const }, 200);
  });
}
