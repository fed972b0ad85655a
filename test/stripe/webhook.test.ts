import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createWebhookReader } from "../../src/stripe/webhook.ts";

const secret = "whsec_of_the_tests";
const now = 1_900_000_000;

const event = {
  id: "evt_1",
  object: "event",
  type: "payment_intent.succeeded",
  created: now - 1,
  data: {
    object: {
      id: "pi_1",
      object: "payment_intent",
      metadata: { order_id: "o", payment_id: "p", aurora_installation: "i" },
    },
  },
};
const body = Buffer.from(JSON.stringify(event));

function sign(text: Buffer, at: number, key = secret): string {
  const hmac = createHmac("sha256", key).update(`${at}.`).update(text).digest("hex");
  return `t=${at},v1=${hmac}`;
}

const read = createWebhookReader(secret, () => now * 1_000);

describe("a webhook", () => {
  test("that Stripe signed just now is read in our words", () => {
    expect(read(body, sign(body, now))).toEqual({
      id: "evt_1",
      type: "payment_intent.succeeded",
      topic: "intent",
      intentId: "pi_1",
      paymentId: "p",
      installation: "i",
      createdAt: new Date((now - 1) * 1_000),
      body,
    });
  });

  test("is taken within five minutes of either side of our clock", () => {
    for (const at of [now - 299, now + 299]) expect(read(body, sign(body, at)).id).toBe("evt_1");
  });

  test.each([
    ["without a signature", ""],
    ["with nonsense for a signature", "t=,v1="],
    ["with another secret's signature", sign(body, now, "whsec_other")],
    ["with another body's signature", sign(Buffer.from("{}"), now)],
    ["with a timestamp that was changed", sign(body, now).replace(/t=\d+/, `t=${now - 1}`)],
    ["that is older than five minutes", sign(body, now - 301)],
  ])("%s is refused", (_what, signature) => {
    expect(() => read(body, signature)).toThrow(
      expect.objectContaining({ name: "Refused", code: "webhook_not_genuine" }),
    );
  });

  test("from the future is refused, though its signature is right", () => {
    expect(() => read(body, sign(body, now + 301))).toThrow(
      expect.objectContaining({ name: "Refused", code: "webhook_from_the_future" }),
    );
  });
});
