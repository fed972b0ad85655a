import type { Db } from "../../src/db/connect.ts";
import { inOneStatement } from "../../src/db/transaction.ts";
import { Refused, reasonOf } from "../../src/errors.ts";
import type { ProviderEvent } from "../../src/payments/gateway.ts";
import { storeEvents } from "../../src/payments/inbox.ts";
import { connectStripe } from "../../src/stripe/client.ts";
import { createStripeGateway } from "../../src/stripe/gateway.ts";
import { stripeSettings } from "../stripe-settings.ts";
import { MissingPiece } from "../world/missing-piece.ts";

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
  const settings = stripeSettings(env);
  if (settings === null) {
    throw new MissingPiece("--fetch has no key to ask Stripe with.", "Set STRIPE_SECRET_KEY.");
  }
  const gateway = createStripeGateway(connectStripe(settings));
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
