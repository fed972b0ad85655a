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

describe("the Switchboard", () => {
  const board = { ...env, SWITCHBOARD_URL: "http://127.0.0.1:40001/token" };

  test("is where the local world says, on this machine alone", () => {
    expect(readConfig(board, ["web"]).web.SWITCHBOARD_URL).toBe(board.SWITCHBOARD_URL);
    const elsewhere = { ...board, SWITCHBOARD_URL: "http://faults.example/token" };
    expect(() => readConfig(elsewhere, ["web"])).toThrow("SWITCHBOARD_URL: ");
  });

  test.each(["sk_live_of_a_shop", "rk_live_of_a_shop"])("is refused beside %s", (key) => {
    const live = { ...board, STRIPE_SECRET_KEY: key };
    expect(() => readConfig(live, ["web"])).toThrow("SWITCHBOARD_URL: ");
    expect(
      readConfig({ ...live, SWITCHBOARD_URL: "" }, ["web"]).web.SWITCHBOARD_URL,
    ).toBeUndefined();
  });
});
