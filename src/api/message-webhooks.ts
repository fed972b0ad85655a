import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { inOneStatement } from "../db/transaction.ts";
import { type DeliveryReport, storeReports } from "../notifications/delivery-reports.ts";
import { batcher } from "../queues/batcher.ts";
import { readBody } from "./body.ts";
import { answer, refusals } from "./documentation.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";

const stored = { 200: answer("It is stored.", z.object({ received: z.literal(true) })) };

const mailRoute = createRoute({
  method: "post",
  path: "/v1/webhooks/sendgrid",
  tags: ["Webhooks"],
  summary: "Take what SendGrid tells of mails",
  description:
    "Only SendGrid's signed event webhook calls this: the signature is checked over the body's " +
    "bytes, with SENDGRID_WEBHOOK_KEY. Events of mails that are not Aurora's are left out.",
  responses: {
    ...stored,
    ...refusals(
      ...(["webhook_not_genuine", "webhook_too_old", "webhook_from_the_future"] as const),
      ...(["malformed_json", "payload_too_large"] as const),
    ),
  },
});

const smsRoute = createRoute({
  method: "post",
  path: "/v1/webhooks/twilio",
  tags: ["Webhooks"],
  summary: "Take what Twilio tells of text messages",
  description:
    "Only Twilio calls this, at the address that Aurora gave it with each message: the " +
    "signature is checked with TWILIO_AUTH_TOKEN.",
  responses: { ...stored, ...refusals("webhook_not_genuine", "payload_too_large") },
});

/**
 * Takes what SendGrid and Twilio tell of messages: checked, stored, applied to the message and
 * answered, with PostgreSQL alone. Nothing is to be asked back, so no job follows.
 */
export function addMessageWebhooks(app: OpenAPIHono<ApiEnv>, parts: ApiParts): void {
  const { webhookDb, readMailEvents, readSmsStatus } = parts;
  const store = batcher(async (calls: DeliveryReport[][]) => {
    await inOneStatement(webhookDb, (db) => storeReports(db, calls.flat()));
    return calls.map(() => undefined);
  });

  app.openapi(mailRoute, async (c) => {
    const body = await readBody(c);
    const signature = c.req.header("x-twilio-email-event-webhook-signature") ?? "";
    const timestamp = c.req.header("x-twilio-email-event-webhook-timestamp") ?? "";
    await store(readMailEvents({ body, signature, timestamp }));
    return c.json({ received: true as const }, 200);
  });

  app.openapi(smsRoute, async (c) => {
    const body = await readBody(c);
    const signature = c.req.header("x-twilio-signature") ?? "";
    const notificationId = c.req.query("message") ?? "";
    await store(await readSmsStatus({ body, signature, notificationId }));
    return c.json({ received: true as const }, 200);
  });
}
