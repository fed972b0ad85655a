import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import { type LoggedRequest, Traffic } from "../../sandbox/stripe/traffic.ts";
import { errorOf, newIntent, startStandIns } from "./stand-ins.ts";

const params = { amount: 1999, currency: "gbp" };

describe("the rate limit", () => {
  test("answers 429 beyond it, for each endpoint by itself, until it is lifted", async () => {
    const { stripe, tell } = await startStandIns();
    await tell("/stripe/rate_limit", { perSecond: 3 });
    const creates = Array.from({ length: 8 }, () => newIntent(stripe));
    const outcomes = await Promise.allSettled(creates);
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason).toBeInstanceOf(Stripe.errors.StripeRateLimitError);
      expect(reason).toMatchObject({ statusCode: 429, code: "rate_limit" });
      expect(reason.headers).toMatchObject({
        "retry-after": "1",
        "stripe-rate-limited-reason": "endpoint-rate",
      });
    }
    expect((await stripe.paymentIntents.list()).data).toHaveLength(8 - refused.length);

    await tell("/stripe/rate_limit", { perSecond: 1, perEndpoint: false });
    const mixed = [stripe.events.list(), stripe.refunds.list(), stripe.charges.list()];
    const reasons = (await Promise.allSettled(mixed)).flatMap((outcome) =>
      outcome.status === "rejected" ? [outcome.reason.headers["stripe-rate-limited-reason"]] : [],
    );
    expect(new Set(reasons)).toEqual(new Set(["global-rate"]));
    await tell("/stripe/rate_limit", { perSecond: null });
    await Promise.all(Array.from({ length: 9 }, () => newIntent(stripe)));
  });

  test("is refused without a time to come back where that is wanted", async () => {
    const { stripe, tell } = await startStandIns();
    await tell("/stripe/rate_limit", { perSecond: 1, retryAfter: null });
    const both = await Promise.allSettled([stripe.events.list(), stripe.events.list()]);
    const headers = both.flatMap((each) =>
      each.status === "rejected" ? [each.reason.headers as Record<string, string>] : [],
    );
    expect(headers).toHaveLength(1);
    expect(headers[0]).not.toHaveProperty("retry-after");
    await tell("/stripe/rate_limit", {});
    await tell("/faults", { service: "stripe", kind: "status", status: 429, retryAfter: null });
    const { headers: ofFault } = await errorOf(stripe.events.list());
    expect(ofFault).not.toHaveProperty("retry-after");
  });

  test("has witnesses: the most requests in any second, and a log of each", async () => {
    const { stripe, tell, read } = await startStandIns();
    await tell("/faults", { service: "stripe", route: "GET /v1/events", kind: "drop_before" });
    await Promise.all(Array.from({ length: 6 }, () => stripe.refunds.list()));
    await stripe.paymentIntents.create(params, { idempotencyKey: "key-1" });
    await errorOf(stripe.paymentIntents.retrieve("pi_unknown"));
    await errorOf(stripe.events.list());

    expect(await read("/stripe/rate")).toMatchObject({
      perEndpoint: {
        "GET /v1/refunds": expect.any(Number),
        "POST /v1/payment_intents": 1,
        "GET /v1/payment_intents/:id": 1,
      },
    });
    const log = await read<LoggedRequest[]>("/stripe/requests");
    expect(log.slice(6, 9)).toEqual([
      expect.objectContaining({ method: "POST", key: "key-1", status: 200 }),
      expect.objectContaining({ path: "/v1/payment_intents/pi_unknown", status: 404 }),
      expect.objectContaining({ method: "GET", path: "/v1/events", status: null }),
    ]);
    await tell("/reset");
    expect(await read("/stripe/rate")).toEqual({ perEndpoint: {}, all: 0 });
    expect(await read("/stripe/requests")).toEqual([]);
  });
});

describe("the traffic", () => {
  function trafficAt(times: readonly number[]) {
    let now = 0;
    const traffic = new Traffic(() => now);
    const limit = { perSecond: 2, perEndpoint: true };
    const request = { method: "GET", path: "/v1/a", key: null, status: null, at: "" };
    const refused = times.filter((time, i) => {
      now = time;
      traffic.arrive(i % 2 === 0 ? "GET /v1/a" : "GET /v1/b", request);
      return traffic.exceeds("GET /v1/a", limit);
    });
    return { ...traffic.rate(), refused };
  }

  test("is measured in any second as it slides, not by the clock's seconds", () => {
    const { perEndpoint, all } = trafficAt([0, 900, 950, 1_000, 1_899, 1_901]);
    expect(all).toBe(4);
    expect(perEndpoint).toEqual({ "GET /v1/a": 2, "GET /v1/b": 2 });
  });

  test("is let through again a second after what was let through before", () => {
    expect(trafficAt([0, 500, 900, 999, 1_000, 1_400, 1_500]).refused).toEqual([900, 999, 1_400]);
  });
});
