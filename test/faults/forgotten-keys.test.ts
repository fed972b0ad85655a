import { sql } from "kysely";
import { expect, test } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { useQueues } from "../workers/queue-desk.ts";
import { watchLateOrders } from "./late-orders.ts";
import { create, paymentsOf, placeOrders, startCrew, untilStarted } from "./stripe-crew.ts";

const desk = useQueues({
  // Orders that wait for a day: only then their keys can be forgotten.
  HOLD_MINUTES: 120,
  HOLD_MAX_MINUTES: 3 * 24 * 60,
  LEASE_SECONDS: 0.5,
  SWEEP_SECONDS: 0.1,
  EVENT_POLL_SECONDS: 0.2,
  QUICK_RETRY_SECONDS: 0.05,
  BACKOFF_SECONDS: 0.3,
});
const { act, untilOrders, allIsWell } = watchLateOrders(desk);
/** One after the other: a circuit that is open lets only one a second through. */
const count = 20;
/** Stripe forgets a key after a day. */
const hours = 25;

test.each([
  ["is there, and is taken", { kind: "hang", executed: true }, count],
  ["is not there, and is made", { kind: "hang", executed: false }, 0],
])(
  "F15: a key is older than Stripe remembers: its intent %s, once",
  async (name, fault, made) => {
    const crew = await startCrew(desk, Number.POSITIVE_INFINITY, { timeoutSeconds: 0.5 });
    const creates = { service: "stripe", route: create };
    // Whatever comes after the one unknown outcome of each is not done either.
    await crew.standIns.tell("/faults", { ...creates, ...fault, times: count });
    await crew.standIns.tell("/faults", { ...creates, kind: "drop_before" });
    const ids = await placeOrders(desk, `forgotten, ${name}`, count);
    await untilUnknown(crew, ids, made);

    await crew.standIns.tell("/clock", { advanceSeconds: hours * 3_600 });
    await sql`UPDATE payments SET asked_at = asked_at - make_interval(hours => ${hours})
      WHERE order_id = ANY(${ids}::uuid[])`.execute(desk.db);
    await untilLookedFor(ids);
    await fetch(`${crew.standIns.url}/_sandbox/faults`, { method: "DELETE" });
    const payments = await untilStarted(desk, ids, 30_000);

    const intents = await intentsOf(crew);
    expect(intents.toSorted()).toEqual(payments.map((row) => row.intent_id ?? "").toSorted());
    expect(intents).toHaveLength(count);
    await act(crew, "pay", ids);
    await untilOrders(ids, "to be paid", ({ status }) => status === "paid");
    await allIsWell(crew, ids);
  },
  60_000,
);

type Crew = Awaited<ReturnType<typeof startCrew>>;

/** Waits until each was asked for under its key, and nothing was heard of it. */
async function untilUnknown(crew: Crew, ids: readonly string[], made: number): Promise<void> {
  type Fault = { kind: string };
  await waitFor(
    "every payment to be unknown",
    async () => {
      const faults = await crew.standIns.read<Fault[]>("/faults");
      const payments = await paymentsOf(desk, ids);
      const asked = payments.filter((row) => row.asked_at !== null && row.last_error !== null);
      const intents = (await intentsOf(crew)).length;
      if (asked.length === count && faults.length === 1 && intents === made) return true;
      throw new Error(`${asked.length} asked, ${intents} made, ${JSON.stringify(faults)}`);
    },
    { timeoutMs: 30_000 },
  );
}

/**
 * Waits until each has left its old key. A day passed in a moment: who was asking meanwhile took
 * the key for a fresh one, and may not get through with it.
 */
async function untilLookedFor(ids: readonly string[]): Promise<void> {
  const what = "every payment's intent to be looked for";
  await waitFor(
    what,
    async () => {
      const payments = await paymentsOf(desk, ids);
      return payments.every((row) => row.status !== "created" || row.create_try > 1) || undefined;
    },
    { timeoutMs: 30_000 },
  );
}

async function intentsOf({ standIns }: Crew): Promise<string[]> {
  const { intents } = await standIns.read<{ intents: { id: string }[] }>("/stripe/ledger");
  return intents.map(({ id }) => id);
}
