import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Db } from "../../src/db/connect.ts";
import { compareNow } from "../../src/orders/comparison/comparison-cursors.ts";

const pauseMs = 1_000;
const patienceMs = 30_000;

/**
 * An intent that bears our stamp and that our books know nothing of, as a lost answer leaves it:
 * the comparison must find it, and see that nobody can pay it.
 */
export async function settleStrayIntent(db: Db, sandboxUrl: string): Promise<void> {
  const id = await createStray(db, sandboxUrl);
  const deadline = performance.now() + patienceMs;
  for (;;) {
    // What is of this very second is compared only once it is over.
    await compareNow(db);
    await delay(pauseMs);
    const found = await db
      .selectFrom("breaks")
      .select(["status", "outcome", "last_error as reason"])
      .where("object_id", "=", id)
      .executeTakeFirst();
    if (found?.outcome === "cancelled") return;
    if (found?.outcome || performance.now() > deadline) {
      throw new Error(`The stray intent ${id} was not cancelled: ${JSON.stringify(found)}`);
    }
  }
}

async function createStray(db: Db, sandboxUrl: string): Promise<string> {
  const { id: ours } = await db.selectFrom("installation").select("id").executeTakeFirstOrThrow();
  const answer = await fetch(new URL("/v1/payment_intents", sandboxUrl), {
    method: "POST",
    headers: { authorization: "Bearer sk_test_of_nobody" },
    body: new URLSearchParams({
      amount: "1000",
      currency: "gbp",
      "metadata[order_id]": randomUUID(),
      "metadata[payment_id]": randomUUID(),
      "metadata[aurora_installation]": ours,
    }),
  });
  const intent = (await answer.json()) as { id?: string };
  if (intent.id) return intent.id;
  throw new Error(`The stand-in for Stripe made no intent: ${JSON.stringify(intent)}`);
}
