import { expect, test } from "vitest";
import { baseSettings, stripeSettings } from "../../scripts/stripe-settings.ts";
import { markOf } from "../../scripts/world/process-mark.ts";
import type { RunningWorld } from "../../scripts/world/running-world.ts";

const mark = markOf(process.pid);
const sandboxUrl = "http://127.0.0.1:3001";

/** A world that runs, with a stand-in for Stripe or with the real one. */
function worldWith(stripe: boolean): RunningWorld {
  if (!mark) throw new Error("This process has no start time.");
  return { ...mark, sandboxUrl, standIns: { stripe, sendgrid: true, twilio: true } };
}

test.each([
  ["the environment's key", { STRIPE_SECRET_KEY: "rk_live_1" }, undefined, "rk_live_1", true],
  ["it also beside a real Stripe", { STRIPE_SECRET_KEY: "sk_test_1" }, false, "sk_test_1", false],
  ["the running world's stand-in", {}, true, "sk_test_aurora_local", false],
  [
    "that before another key",
    { STRIPE_SECRET_KEY: "sk_live_1" },
    true,
    "sk_test_aurora_local",
    false,
  ],
] as const)("a command asks Stripe with %s", (_, env, standIn, key, livemode) => {
  const world = standIn === undefined ? undefined : worldWith(standIn);
  const settings = stripeSettings(env, world);
  expect(settings).toMatchObject({ STRIPE_SECRET_KEY: key, livemode });
  expect(settings?.STRIPE_URL).toBe(standIn ? sandboxUrl : undefined);
});

test("a command that works on a named database leaves the running world's key alone", () => {
  expect(stripeSettings({ DATABASE_URL: "postgres://x" }, worldWith(true))).toBeNull();
  expect(stripeSettings({}, worldWith(false))).toBeNull();
});

test("a command needs no addresses to know how long things may take", () => {
  expect(baseSettings({ HOLD_MINUTES: "7" })).toMatchObject({ HOLD_MINUTES: 7 });
});
