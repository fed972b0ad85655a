import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createWebhookReader } from "../../src/stripe/webhook.ts";

const secret = "whsec_of_the_tests";
const former = "whsec_of_before";
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
  return `t=${at},${signature(text, at, key)}`;
}

function signature(text: Buffer, at: number, key: string): string {
  return `v1=${createHmac("sha256", key).update(`${at}.`).update(text).digest("hex")}`;
}

/** The body with one of its bytes changed. */
function changedAt(place: number): Buffer {
  const changed = Buffer.from(body);
  changed[place] = (changed[place] ?? 0) ^ 1;
  return changed;
}

const bothOfStrangers = `t=${now},${signature(body, now, "a")},${signature(body, now, "b")}`;
const read = createWebhookReader([secret, former], () => now * 1_000);

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

  test.each([secret, former])("is taken within five minutes of our clock, signed by %s", (key) => {
    for (const at of [now - 299, now + 299]) {
      expect(read(body, sign(body, at, key)).id).toBe("evt_1");
    }
  });

  test("that Stripe signed with two secrets, as while one is rolled, is taken by either", () => {
    const strange = signature(body, now, "whsec_other");
    for (const key of [secret, former]) {
      const one = signature(body, now, key);
      for (const signed of [`${one},${strange}`, `${strange},${one}`]) {
        expect(read(body, `t=${now},${signed}`).id).toBe("evt_1");
      }
    }
  });

  test.each([
    ["without a signature", ""],
    ["whose signature has the old scheme v0 only", sign(body, now).replace("v1=", "v0=")],
    ["with two secrets' signatures, none of them ours", bothOfStrangers],
    ["with nonsense for a signature", "t=,v1="],
    ["with another secret's signature", sign(body, now, "whsec_other")],
    ["with another body's signature", sign(Buffer.from("{}"), now)],
    ["with a timestamp that was changed", sign(body, now).replace(/t=\d+/, `t=${now - 1}`)],
    ["that is older than five minutes", sign(body, now - 301)],
    ["that is older, signed by the former secret", sign(body, now - 301, former)],
  ])("%s is refused", (_what, signature) => {
    expect(() => read(body, signature)).toThrow(
      expect.objectContaining({ name: "Refused", code: "webhook_not_genuine" }),
    );
  });

  test.each([secret, former])("from the future is refused, though %s signed it", (key) => {
    expect(() => read(body, sign(body, now + 301, key))).toThrow(
      expect.objectContaining({ name: "Refused", code: "webhook_from_the_future" }),
    );
  });

  test("is refused when any one of its bytes was changed, or when it was written anew", () => {
    const refused = expect.objectContaining({ code: "webhook_not_genuine" });
    for (let place = 0; place < body.length; place++) {
      expect(() => read(changedAt(place), sign(body, now))).toThrow(refused);
    }
    const anew = Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1));
    expect(() => read(anew, sign(body, now))).toThrow(refused);
  });
});
