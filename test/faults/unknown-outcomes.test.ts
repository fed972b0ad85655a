import { sql } from "kysely";
import { describe, expect, onTestFailed, test } from "vitest";
import { dice } from "../support/dice.ts";
import { waitFor } from "../support/wait-for.ts";
import { useQueues } from "../workers/queue-desk.ts";
import { watchLateOrders } from "./late-orders.ts";
import {
  create,
  paymentsOf,
  placeOrders,
  startCrew,
  untilPassed,
  untilStarted,
} from "./stripe-crew.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
const desk = useQueues({
  LEASE_SECONDS: 0.5,
  SWEEP_SECONDS: 0.1,
  EVENT_POLL_SECONDS: 0.2,
  WEBHOOK_SILENCE_SECONDS: 0.5,
  QUICK_RETRY_SECONDS: 0.05,
  BACKOFF_SECONDS: 0.2,
  COMPARISON_SETTLE_SECONDS: 0.001,
});
const { act, cancelAll, untilOrders, untilPayments, untilGivenBack, allIsWell } =
  watchLateOrders(desk);
const load = full ? { seconds: 60, perSecond: 50 } : { seconds: 1, perSecond: 20 };
/** So many of them are then cancelled, and half of these were paid. */
const few = full ? 300 : 20;
/** This share of the requests meets the fault: Stripe is never away for good. */
const probability = 0.3;
const writes = [create, "POST /v1/payment_intents/:id/cancel", "POST /v1/refunds"];

describe("F14: whether Stripe did what it was asked for is not known", () => {
  test.each([
    ["a timeout after it was done", { kind: "hang", executed: true }],
    ["a timeout before it was done", { kind: "hang", executed: false }],
    ["a connection lost after it was done", { kind: "drop_after" }],
    ["a connection lost before it was done", { kind: "drop_before" }],
    ["a stored 500 after it was done", { kind: "status", executed: true, stored: true }],
    ["a 500 before it was done", { kind: "status", executed: false }],
  ])(
    "%s: one charge, one refund, and nothing is stuck",
    async (name, fault) => {
      const crew = await startCrew(desk, Number.POSITIVE_INFINITY, { timeoutSeconds: 0.4 });
      const { seed } = dice();
      onTestFailed(() => console.error(`seed: ${seed}`));
      const trouble = { service: "stripe", seed, probability, ...fault };
      for (const route of writes) await crew.standIns.tell("/faults", { ...trouble, route });
      const all = await placeForAWhile(name);
      await recover(crew);
      await untilStarted(desk, all, 60_000);

      for (const route of writes) await crew.standIns.tell("/faults", { ...trouble, route });
      const ids = all.slice(0, few);
      const [paid, left] = [ids.slice(0, few / 2), ids.slice(few / 2)];
      await cancelAll(left);
      await act(crew, "pay", paid);
      await untilOrders(paid, "to be paid", ({ status }) => status === "paid");
      await cancelAll(paid, "full");
      await untilOrders(ids, "to be cancelled", ({ status }) => status === "cancelled");
      await untilPayments(left, "cancelled");
      await untilGivenBack(paid);

      await recover(crew);
      const { chargesSucceeded, refunds, spare } = await booksOf(crew, all);
      console.log(`F14, ${name}: ${spare} intents that nobody can pay, of ${all.length} orders`);
      expect(chargesSucceeded).toEqual(paid.map(() => 1));
      expect(refunds).toEqual(paid.map(() => 1));
      await compareBooks();
      await allIsWell(crew, all);
    },
    full ? 300_000 : 60_000,
  );
});

type Crew = Awaited<ReturnType<typeof startCrew>>;
/** Places so many orders each second. */
async function placeForAWhile(name: string): Promise<string[]> {
  const ids: string[] = [];
  const since = performance.now();
  for (let second = 0; second < load.seconds; second++) {
    if (second > 0) await untilPassed(since, second);
    ids.push(...(await placeOrders(desk, `${name} ${second}`, load.perSecond)));
  }
  return ids;
}

async function recover({ standIns }: Crew): Promise<void> {
  await fetch(`${standIns.url}/_sandbox/faults`, { method: "DELETE" });
}

type Line = { id: string; orderId: string; chargesSucceeded: number; refunds: object[] };

/** What Stripe did, by its own books: of the orders whose money it took, and beyond the needed. */
async function booksOf({ standIns }: Crew, ids: readonly string[]) {
  const { intents } = await standIns.read<{ intents: Line[] }>("/stripe/ledger");
  const taken = intents.filter(({ chargesSucceeded }) => chargesSucceeded > 0);
  const known = new Set((await paymentsOf(desk, ids)).map((payment) => payment.intent_id));
  return {
    chargesSucceeded: taken.map((line) => line.chargesSucceeded),
    refunds: taken.map((line) => line.refunds.length),
    spare: intents.filter(({ id }) => !known.has(id)).length,
  };
}

/** What is done each hour is done now: intents that nobody knows of are found and cancelled. */
async function compareBooks(): Promise<void> {
  await sql`UPDATE stripe_cursors SET due_at = now(), position = now() - interval '1 hour'
    WHERE name = 'hourly_comparison'`.execute(desk.db);
  await waitFor(
    "the comparison of the books",
    async () => {
      const { rows } = await sql<{ done: boolean }>`
        SELECT due_at > now() + interval '1 minute' AS done FROM stripe_cursors
        WHERE name = 'hourly_comparison'`.execute(desk.db);
      return rows[0]?.done;
    },
    { timeoutMs: 60_000 },
  );
}
