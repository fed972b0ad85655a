import { readConfig } from "../../src/config.ts";
import type { Db } from "../../src/db/connect.ts";
import { inOneStatement } from "../../src/db/transaction.ts";
import { Refused, reasonOf } from "../../src/errors.ts";
import type { ProviderEvent } from "../../src/payments/gateway.ts";
import { storeEvents } from "../../src/payments/inbox.ts";
import { connectStripe } from "../../src/stripe/client.ts";
import { createStripeGateway } from "../../src/stripe/gateway.ts";
import { MissingPiece } from "../world/missing-piece.ts";
import { findRunningWorld } from "../world/running-world.ts";

/**
 * Reads events that our inbox does not have from Stripe, and stores them as if the cursor had
 * found them. Answers those that Stripe has.
 */
export async function fetchEvents(
  db: Db,
  ids: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const gateway = createStripeGateway(connectStripe(stripeOf(env)));
  const found: ProviderEvent[] = [];
  for (const id of ids) {
    const event = await gateway.readEvent(id).catch((error) => {
      if (error instanceof Refused && error.code === "resource_missing") return null;
      const todo = "Check STRIPE_SECRET_KEY and STRIPE_URL, or leave --fetch out.";
      throw new MissingPiece(`Event ${id} can't be read. ${reasonOf(error)}`, todo);
    });
    if (event) found.push(event);
  }
  const arrivals = found.map((event) => ({ event, source: "cursor" as const }));
  // Due at once: nobody here hints, and the sweeper is to take them up.
  await inOneStatement(db, () => storeEvents(db, { LEASE_SECONDS: 0 }, arrivals));
  return found.map(({ id }) => id);
}

/** The key is in the environment, or the running world has its stand-in. */
function stripeOf(env: NodeJS.ProcessEnv) {
  const world = env["DATABASE_URL"] ? undefined : findRunningWorld();
  const standIn = world?.standIns?.stripe && {
    STRIPE_SECRET_KEY: "sk_test_aurora_local",
    STRIPE_URL: world.sandboxUrl,
  };
  const known = { ...env, ...standIn };
  if (!known.STRIPE_SECRET_KEY) {
    throw new MissingPiece("--fetch has no key to ask Stripe with.", "Set STRIPE_SECRET_KEY.");
  }
  // Of the settings that every process needs, these two mean nothing here.
  const unused = { DATABASE_URL: "postgres://unused", REDIS_URL: "redis://unused" };
  return readConfig({ ...known, ...unused }, ["stripe"]).stripe;
}
