import { describe, expect, test } from "vitest";
import type { Ledger } from "../../sandbox/stripe/ledger.ts";
import { errorOf, newIntent, startStandIns } from "./stand-ins.ts";

describe("a fault on demand", () => {
  test("strikes its route as often as it was told, and no other", async () => {
    const { stripe, tell } = await startStandIns();
    const { id } = await newIntent(stripe);
    const route = "POST /v1/payment_intents/:id/cancel";
    await tell("/faults", { service: "stripe", route, kind: "status", status: 503, times: 2 });

    expect((await stripe.paymentIntents.retrieve(id)).id).toBe(id);
    for (let i = 0; i < 2; i++) {
      expect(await errorOf(stripe.paymentIntents.cancel(id))).toMatchObject({ statusCode: 503 });
    }
    expect((await stripe.paymentIntents.cancel(id)).status).toBe("canceled");
  });

  test.each([
    ["drop_before", 0],
    ["drop_after", 1],
  ])("hangs up with %s, and then there are %i intents", async (kind, count) => {
    const { stripe, tell, read } = await startStandIns();
    await tell("/faults", { service: "stripe", kind });
    // The SDK asks a broken connection again, under the same key.
    const params = { amount: 1999, currency: "gbp" };
    const error = await errorOf(stripe.paymentIntents.create(params, { idempotencyKey: "key-1" }));
    expect(error.type).toBe("StripeConnectionError");
    expect((await read<Ledger>("/stripe/ledger")).totals.intents).toBe(count);
  });

  test("is taken back, and a strange one is refused by name", async () => {
    const { stripe, tell, url } = await startStandIns();
    await tell("/faults", { service: "stripe", kind: "status" });
    expect(await errorOf(newIntent(stripe))).toMatchObject({ statusCode: 500 });
    await fetch(`${url}/_sandbox/faults`, { method: "DELETE" });
    expect((await newIntent(stripe)).amount).toBe(1999);
    await expect(tell("/faults", { service: "stripe", kind: "explode" })).rejects.toThrow(/kind/);
  });

  test("with a probability strikes the same requests again under the same seed", async () => {
    const struckUnder = async (seed: number) => {
      const { stripe, tell } = await startStandIns();
      await tell("/faults", { service: "stripe", kind: "status", probability: 0.5, seed });
      const outcomes: boolean[] = [];
      for (let i = 0; i < 24; i++) {
        outcomes.push(
          await newIntent(stripe).then(
            () => false,
            () => true,
          ),
        );
      }
      return outcomes;
    };
    const first = await struckUnder(3);
    expect(await struckUnder(3)).toEqual(first);
    expect(await struckUnder(4)).not.toEqual(first);
    expect(new Set(first)).toEqual(new Set([true, false]));
  });

  test.each([
    [false, 0],
    [true, 1],
  ])("hangs until the caller gives up, with executed %s", async (executed, count) => {
    const { stripe, tell, read } = await startStandIns();
    await tell("/faults", { service: "stripe", kind: "hang", executed, times: 1 });
    const params = { amount: 1999, currency: "gbp" };
    const options = { idempotencyKey: "key-1", timeout: 100, maxNetworkRetries: 0 };
    const error = await errorOf(stripe.paymentIntents.create(params, options));
    expect(error.type).toBe("StripeConnectionError");
    expect((await read<Ledger>("/stripe/ledger")).totals.intents).toBe(count);
    const again = await stripe.paymentIntents.create(params, { idempotencyKey: "key-1" });
    expect(again.lastResponse.headers["idempotent-replayed"]).toBe(executed ? "true" : undefined);
    expect((await read<Ledger>("/stripe/ledger")).totals.intents).toBe(1);
  });

  test("answers late what it has done when it is told to", async () => {
    const { stripe, tell } = await startStandIns();
    const slow = { service: "stripe", kind: "delay", executed: true, delayMs: 300, times: 1 };
    await tell("/faults", slow);
    const key = { idempotencyKey: "key-1" };
    const params = { amount: 1999, currency: "gbp" };
    const first = stripe.paymentIntents.create(params, key);
    // Soon the work is done and the key in use no more, long before the first is answered.
    const patient = { ...key, maxNetworkRetries: 2 };
    const second = await stripe.paymentIntents.create(params, patient);
    expect(second.id).toBe((await first).id);
  });

  test("is taken back by its name, and the others stay", async () => {
    const { url, tell, read } = await startStandIns();
    await tell("/faults", { service: "stripe", kind: "status", name: "one" });
    await tell("/faults", { service: "sendgrid", kind: "status", name: "two" });
    await fetch(`${url}/_sandbox/faults?name=one`, { method: "DELETE" });
    expect(await read("/faults")).toMatchObject([{ service: "sendgrid", name: "two" }]);
  });

  test.each([
    [{ status: 429, retryAfter: 3 }, "StripeRateLimitError", "rate_limit", "3"],
    [{ status: 429, code: "lock_timeout" }, "StripeRateLimitError", "lock_timeout", "1"],
    [{ status: 409 }, "StripeAPIError", "idempotency_key_in_use", undefined],
    [{ status: 503 }, "StripeAPIError", undefined, undefined],
  ])("answers %j as the SDK knows it", async (answer, type, code, retryAfter) => {
    const { stripe, tell } = await startStandIns();
    await tell("/faults", { service: "stripe", kind: "status", times: 1, ...answer });
    const options = { idempotencyKey: "key-1", maxNetworkRetries: 0 };
    const params = { amount: 1999, currency: "gbp" };
    const error = await errorOf(stripe.paymentIntents.create(params, options));
    expect([error.type, error.statusCode, error.code]).toEqual([type, answer.status, code]);
    expect(error.headers?.["retry-after"]).toBe(retryAfter);
    expect((await stripe.paymentIntents.create(params, options)).amount).toBe(1999);
  });

  test.each([
    [{ executed: false, stored: true }, 0, "true"],
    [{ executed: true, stored: true }, 1, "true"],
    [{ executed: true }, 1, "true"],
    [{ executed: false }, 1, undefined],
    [{ executed: true, stored: false }, 2, undefined],
  ])("with a 500 and %j leaves %i intents after asking again", async (how, count, replayed) => {
    const { stripe, tell, read } = await startStandIns();
    await tell("/faults", { service: "stripe", kind: "status", times: 1, ...how });
    const params = { amount: 1999, currency: "gbp" };
    const key = { idempotencyKey: "key-1" };
    expect(await errorOf(stripe.paymentIntents.create(params, key))).toMatchObject({
      statusCode: 500,
    });
    const again = await stripe.paymentIntents.create(params, key).then(
      ({ lastResponse }) => lastResponse.headers,
      (error: { headers?: Record<string, string> }) => error.headers,
    );
    expect(again?.["idempotent-replayed"]).toBe(replayed);
    expect((await read<Ledger>("/stripe/ledger")).totals.intents).toBe(count);
  });
});
