import { type Config, readConfig } from "../src/config.ts";
import { isLive } from "../src/stripe/client.ts";
import { findRunningWorld, type RunningWorld } from "./world/running-world.ts";

/** Of the settings that every process needs, these two mean nothing to a command. */
const unused = { DATABASE_URL: "postgres://unused", REDIS_URL: "redis://unused" };

/** How long things may take, where a command changes orders. */
export function baseSettings(env: NodeJS.ProcessEnv): Config["base"] {
  return readConfig({ ...env, ...unused }, []).base;
}

/**
 * How a command asks Stripe, and whether for live money: with the key of the environment, or at
 * the stand-in of the world that runs, where no other database is named. Null without a key.
 */
export function stripeSettings(
  env: NodeJS.ProcessEnv,
  running: RunningWorld | undefined = findRunningWorld(),
): (Config["stripe"] & { livemode: boolean }) | null {
  const world = env["DATABASE_URL"] ? undefined : running;
  const standIn = world?.standIns?.stripe && {
    STRIPE_SECRET_KEY: "sk_test_aurora_local",
    STRIPE_URL: world.sandboxUrl,
  };
  const known = { ...env, ...standIn };
  if (!known.STRIPE_SECRET_KEY) return null;
  const { stripe } = readConfig({ ...known, ...unused }, ["stripe"]);
  return { ...stripe, livemode: isLive(stripe.STRIPE_SECRET_KEY) };
}
