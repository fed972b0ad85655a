import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { newSecret, secretSafe, signedHeaders } from "../../src/webhooks/secrets.ts";

const key = (id: string) => ({ id, key: randomBytes(32).toString("base64") });

describe("a webhook's secret", () => {
  test("is opened by the key that sealed it, and by no other of its name", () => {
    const [old, fresh] = [key("k1"), key("k2")];
    const secret = newSecret();
    const sealed = secretSafe([old]).seal(secret);
    expect(sealed.sealed.toString("latin1")).not.toContain(secret);
    expect(secretSafe([fresh, old]).open(sealed)).toBe(secret);
    expect(secretSafe([key("k1")]).open(sealed)).toBeNull();
    expect(secretSafe([fresh]).open(sealed)).toBeNull();
  });

  test("signs as the receivers' library verifies it, with each of two", () => {
    const [first, second] = [newSecret(), newSecret()];
    const message = { id: "msg-1", at: new Date(), body: '{"text":"за заказ"}' };
    const headers = signedHeaders(message, [first, second]);
    for (const secret of [first, second]) {
      expect(new Webhook(secret).verify(message.body, headers)).toEqual({ text: "за заказ" });
    }
    expect(() => new Webhook(newSecret()).verify(message.body, headers)).toThrow("signature");
    expect(() => new Webhook(first).verify(`${message.body} `, headers)).toThrow("signature");
    const old = signedHeaders({ ...message, at: new Date(Date.now() - 301_000) }, [first]);
    expect(() => new Webhook(first).verify(message.body, old)).toThrow("too old");
  });
});
