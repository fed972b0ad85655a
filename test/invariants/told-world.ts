import { randomUUID } from "node:crypto";
import type { Settings } from "../../src/config.ts";
import type { Db } from "../../src/db/connect.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { claimDeliveries } from "../../src/webhooks/claim-deliveries.ts";
import { insertEndpoint } from "../../src/webhooks/endpoints.ts";
import { saveOutcomes } from "../../src/webhooks/save-outcomes.ts";
import { newSecret, secretSafe } from "../../src/webhooks/secrets.ts";
import { contactKey } from "../support/shop.ts";

/** Somebody listens to the shop from now on. */
export async function listenTo(db: Db, shopId: string): Promise<string> {
  const id = randomUUID();
  const made = { id, shopId, url: "https://erp.example/aurora", secret: newSecret() };
  await inTransaction(db, (trx) => insertEndpoint(trx, secretSafe([contactKey]), made));
  return id;
}

/** More than a history has events: each is told once the one before it was. */
const mostRounds = 100;

/** Everything that waits to be told is told. */
export async function tellEverybody(db: Db, settings: Settings): Promise<void> {
  for (let round = 0; round < mostRounds; round++) {
    const waiting = await db
      .selectFrom("webhook_deliveries")
      .select("id")
      .where("due_at", "is not", null)
      .execute();
    if (waiting.length === 0) return;
    const ids = waiting.map(({ id }) => id);
    const claimed = await inTransaction(db, (trx) => claimDeliveries(trx, settings, ids));
    const outcomes = [...claimed.values()].map((delivery) => ({
      ...delivery,
      ...{ milliseconds: 5, httpStatus: 204, reason: null, answer: null },
      retryAfterSeconds: null,
    }));
    await inTransaction(db, (trx) => saveOutcomes(trx, settings, outcomes));
  }
  throw new Error(`Something is still to be told after ${mostRounds} rounds.`);
}
