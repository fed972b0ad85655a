import { describe, expect, test } from "vitest";
import { readConfig } from "../src/config.ts";

const env = {
  DATABASE_URL: "postgres://aurora:secret@127.0.0.1/aurora",
  REDIS_URL: "redis://127.0.0.1",
  STRIPE_SECRET_KEY: "sk_test_of_the_tests",
};
const standIn = { STRIPE_URL: "http://127.0.0.1:3001" };

describe("how often Stripe is asked", () => {
  test.each([
    ["by default, four fifths of what Stripe publishes", {}, 20],
    ["a stand-in, as often as anybody likes", standIn, Number.POSITIVE_INFINITY],
    ["as often as somebody set", { STRIPE_REQUESTS_PER_SECOND: "12.5" }, 12.5],
    ["also of a stand-in", { ...standIn, STRIPE_REQUESTS_PER_SECOND: "80" }, 80],
    ["without a limit", { STRIPE_REQUESTS_PER_SECOND: "unlimited" }, Number.POSITIVE_INFINITY],
  ])("is %s", (_, changes, rate) => {
    const { stripe } = readConfig({ ...env, ...changes }, ["stripe"]);
    expect(stripe.STRIPE_REQUESTS_PER_SECOND).toBe(rate);
  });

  test.each(["0", "-1", "many"])("is never %s", (rate) => {
    const changed = { ...env, STRIPE_REQUESTS_PER_SECOND: rate };
    expect(() => readConfig(changed, ["stripe"])).toThrow("STRIPE_REQUESTS_PER_SECOND: ");
  });
});
