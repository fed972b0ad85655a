import { randomUUID } from "node:crypto";
import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import { formerSecret, useApi, webhookSecret } from "../support/api.ts";

const api = useApi();

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

const deliver = (body: string, signature: string) =>
  api.ask("/v1/webhooks/stripe", { body, headers: { "stripe-signature": signature } });

const stored = async (id: string) =>
  api.db.selectFrom("webhook_events").selectAll().where("id", "=", id).execute();

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
