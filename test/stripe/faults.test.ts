import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import { stripeFault } from "../../src/stripe/faults.ts";

function answer(statusCode: number, code: string, headers: Record<string, string> = {}) {
  return Stripe.errors.StripeError.generate({
    type: "invalid_request_error",
    message: "Not now.",
    code,
    statusCode,
    headers,
  } as unknown as Parameters<typeof Stripe.errors.StripeError.generate>[0]);
}

describe("a request that Stripe does not take now", () => {
  test.each([
    [429, "rate_limit", "stripe_rate_limit"],
    [429, "lock_timeout", "stripe_lock_timeout"],
    [409, "idempotency_key_in_use", "stripe_key_in_use"],
  ])("with %i %s may be made again, after the time that it names", (status, code, ours) => {
    const name = "Unavailable";
    const retryAfterSeconds = 3;
    expect(stripeFault(answer(status, code, { "retry-after": "3" }), "write")).toMatchObject({
      ...{ name, code: ours, retryAfterSeconds },
    });
    expect(stripeFault(answer(status, code), "write")).toMatchObject({
      ...{ name, code: ours, retryAfterSeconds: undefined },
    });
  });
});

describe.each([408, 424, 425, 500])("an answer of %i decides nothing", (status) => {
  test("of a write, and nothing happened to a read", () => {
    const error = answer(status, "external_dependency_failed");
    expect(stripeFault(error, "write")).toMatchObject({
      ...{ name: "OutcomeUnknown", code: "stripe_outcome_unknown" },
    });
    expect(stripeFault(error, "read")).toMatchObject({
      ...{ name: "Unavailable", code: "stripe_unreachable" },
    });
  });

  test("and repeated to the same key it needs another one", () => {
    const error = answer(status, "api_error", { "idempotent-replayed": "true" });
    expect(stripeFault(error, "write")).toMatchObject({ code: "stripe_key_spent" });
  });
});
