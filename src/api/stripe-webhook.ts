import type { IncomingMessage } from "node:http";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { inOneStatement } from "../db/transaction.ts";
import { type Arrival, storeEvents } from "../payments/inbox.ts";
import { reusedIds } from "../payments/reused-ids.ts";
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
  const { webhookDb, settings, hints, readWebhook, log } = parts;
  const store = batcher(async (arrivals: Arrival[]) => {
    const made = await inOneStatement(webhookDb, (db) => storeEvents(db, settings, arrivals));
    hints.send(made.hints);
    if (haveTwins(arrivals, made.fresh)) {
      const reused = await inOneStatement(webhookDb, (db) => reusedIds(db, arrivals));
      for (const eventId of reused) log.warn("event_id_reused", { eventId });
    }
    return made.fresh;
  });

  app.openapi(route, async (c) => {
    const body = await readBody(c);
    const event = readWebhook(body, c.req.header("stripe-signature") ?? "");
    await store({ event, source: "webhook", headers: keptHeaders(c) });
    return c.json({ received: true as const }, 200);
  });
}

/** Whether some event is in the inbox already, or came twice at once. */
function haveTwins(arrivals: readonly Arrival[], fresh: readonly boolean[]): boolean {
  const ids = arrivals.filter((_, index) => fresh[index]).map(({ event }) => event.id);
  return new Set(ids).size < arrivals.length;
}

/** What opens something for whoever reads it is not kept. Stripe sends none of these. */
const neverKept = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie"]);
/** Stripe sends seven, and proxies add some; the server takes 16 KB of headers in all. */
const mostHeaders = 50;
const mostCharacters = 2_000;

/** The headers as they came, for whoever must find out later where an event came from. */
function keptHeaders(c: Context): Record<string, string> {
  const { incoming } = (c.env ?? {}) as { incoming?: IncomingMessage };
  // The server has them as they are needed here; a Headers object of them takes much longer.
  const all = incoming ? Object.entries(incoming.headers) : [...c.req.raw.headers];
  const kept = all.filter(([name]) => !neverKept.has(name)).slice(0, mostHeaders);
  return Object.fromEntries(
    kept.map(([name, value]) => [name, String(value).slice(0, mostCharacters)]),
  );
}
