import { randomUUID } from "node:crypto";
import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import type { Log } from "../../src/log.ts";
import { formerSecret, useApi, webhookSecret } from "../support/api.ts";

/** The ids that the log warned of. */
const reused: unknown[] = [];
const log: Log = {
  info: () => undefined,
  warn: (event, fields) => void (event === "event_id_reused" && reused.push(fields?.eventId)),
  error: (event, fields) => expect.fail(`${event}: ${fields?.reason}`),
};
const api = useApi(undefined, log);

/** An event as Stripe would send it: spaced in its own way, so that only its bytes are signed. */
function eventBody(id: string): string {
  const object = { object: "payment_intent", id: `pi_${id}`, metadata: {} };
  const type = "payment_intent.succeeded";
  return JSON.stringify(
    { id, object: "event", type, created: 1_795_000_000, data: { object } },
    null,
    3,
  );
}

function sign(payload: string, { secret = webhookSecret, agoSeconds = 0 } = {}): string {
  const timestamp = Math.floor(Date.now() / 1_000) - agoSeconds;
  return Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
}

const deliver = (body: string, signature: string, headers: Record<string, string> = {}) =>
  api.ask("/v1/webhooks/stripe", { body, headers: { "stripe-signature": signature, ...headers } });

const stored = async (id: string) =>
  api.db
    .selectFrom("webhook_events")
    .leftJoin("webhook_bodies", "event_id", "id")
    .selectAll()
    .where("id", "=", id)
    .execute();

describe("POST /v1/webhooks/stripe", () => {
  test("stores the exact bytes once, however often and however parallel they come", async () => {
    const id = `evt_${randomUUID()}`;
    const body = `${eventBody(id)}\n`;
    const answers = await Promise.all(Array.from({ length: 50 }, () => deliver(body, sign(body))));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const rows = await stored(id);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.body?.toString()).toBe(body);
    expect(rows[0]).toMatchObject({ source: "webhook", type: "payment_intent.succeeded" });
  });

  test("stores the headers beside the body, but none that opens anything", async () => {
    const id = `evt_${randomUUID()}`;
    const body = eventBody(id);
    const signature = sign(body);
    const kept = {
      "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
      "x-forwarded-for": "203.0.113.7,  10.0.0.1",
      "x-latin": 'caf\u00e9 "quoted" \\ %00',
    };
    const secrets = { authorization: "Bearer x", cookie: "a=b", "proxy-authorization": "Basic x" };
    await deliver(body, signature, { ...kept, ...secrets, "x-long": "y".repeat(9_000) });
    const [row] = await stored(id);
    expect(row?.headers).toMatchObject({ ...kept, "stripe-signature": signature });
    expect(row?.headers).toHaveProperty("x-long", "y".repeat(2_000));
    for (const name of Object.keys(secrets)) expect(row?.headers).not.toHaveProperty(name);
  });

  test("keeps the first body of an id, and warns when another comes under it", async () => {
    const id = `evt_${randomUUID()}`;
    const body = eventBody(id);
    const other = body.replace("payment_intent.succeeded", "payment_intent.canceled");
    const counted = body.replace('"object"', '"pending_webhooks": 2, "object"');
    for (const sent of [body, body, counted, body.replaceAll("   ", " ")]) {
      expect((await deliver(sent, sign(sent))).status).toBe(200);
    }
    expect(reused).toEqual([]);
    expect((await deliver(other, sign(other))).status).toBe(200);
    expect(reused).toEqual([id]);
    const rows = await stored(id);
    expect(rows.map((row) => row.body?.toString())).toEqual([body]);
    expect(rows[0]?.type).toBe("payment_intent.succeeded");

    const twin = `evt_${randomUUID()}`;
    const twins = [eventBody(twin), eventBody(twin).replace("succeeded", "canceled")];
    await Promise.all(twins.map((sent) => deliver(sent, sign(sent))));
    expect(await stored(twin)).toHaveLength(1);
    expect(reused).toEqual([id, twin]);
  });

  test.each([webhookSecret, formerSecret])("takes what is signed by either secret", async (key) => {
    const id = `evt_${randomUUID()}`;
    const body = eventBody(id);
    expect((await deliver(body, sign(body, { secret: key }))).status).toBe(200);
    expect(await stored(id)).toHaveLength(1);
  });

  test("refuses what Stripe did not sign just now, and stores nothing of it", async () => {
    const id = `evt_${randomUUID()}`;
    const body = eventBody(id);
    const forgeries = [
      "",
      "t=1,v1=00",
      sign(body, { secret: "whsec_of_somebody_else" }),
      sign(body, { agoSeconds: 301 }),
      sign(`${body} `),
      sign(body).replace("v1=", "v0="),
    ];
    for (const signature of forgeries) {
      expect(await deliver(body, signature)).toMatchObject({
        status: 400,
        body: { type: "/problems/webhook_not_genuine" },
      });
    }
    expect(await deliver(body, sign(body, { agoSeconds: -301 }))).toMatchObject({
      status: 400,
      body: { type: "/problems/webhook_from_the_future" },
    });
    expect(await deliver(JSON.stringify(JSON.parse(body)), sign(body))).toMatchObject({
      status: 400,
    });
    expect(await stored(id)).toEqual([]);
  });

  test("refuses more than 256 KB before it looks at the signature", async () => {
    const body = "x".repeat(256 * 1_024 + 1);
    expect(await deliver(body, sign(body))).toMatchObject({
      status: 413,
      body: { type: "/problems/payload_too_large" },
    });
  });
});
