import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import { expect, onTestFailed, test } from "vitest";
import { dice } from "../support/dice.ts";
import { waitFor } from "../support/wait-for.ts";
import { useQueues } from "../workers/queue-desk.ts";
import { watchLateOrders } from "./late-orders.ts";
import { actAtStripe } from "./race-track.ts";
import { paymentsOf, placeOrders, startCrew, untilPassed, untilStarted } from "./stripe-crew.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
/** In test:full Aurora asks as often as it does in production, else ten times as often. */
const usualPollSeconds = 5;
const pace = full ? 1 : 0.1;
const desk = useQueues({
  EVENT_POLL_SECONDS: usualPollSeconds * pace,
  WEBHOOK_SILENCE_SECONDS: 30 * pace,
});
const { allIsWell } = watchLateOrders(desk);
const few = 20;
const many = 200;
/** Ten minutes of customers who take their time, a tenth of it in test:full, a hundredth here. */
const payingSeconds = full ? 60 : 6;
const countingSeconds = full ? 60 : 4;
/** So many more may fall into the one minute than into the other. */
const chanceRequests = 4;
/** How old orders are when they are paid, in seconds; most at once, and some after long thought. */
const usualAge = { least: 5, most: 600 };
const lateAge = { least: 1_140, most: 1_200 };
const lateOnes = 20;
/** What is promised in production; what is not a wait for a poll takes as long as it takes. */
const p95Seconds = 15;
const mostSeconds = 60;
const ownSeconds = full ? 0 : 3;

const registered = {
  webhookUrl: "http://127.0.0.1:9/v1/webhooks/stripe",
  webhookSecret: "whsec_unheard",
};

test.each([
  ["webhooks are switched off", registered],
  ["no endpoint is registered", {}],
])(
  "F22: %s, and 200 payments are noticed, by no more requests than 20",
  async (name, standIns) => {
    const crew = await startCrew(desk, Number.POSITIVE_INFINITY, { standIns });
    const chance = dice();
    onTestFailed(() => console.error(`seed: ${chance.seed}`));
    await crew.standIns.tell("/stripe/webhooks", { on: false });
    const ids = await placeOrders(desk, `${name} 1`, few);
    await untilStarted(desk, ids, 20_000);
    const withFew = await countRequests(crew);
    ids.push(...(await placeOrders(desk, `${name} 2`, many - few)));
    await untilStarted(desk, ids, 40_000);
    const withMany = await countRequests(crew);
    console.log(
      `F22, ${name}: ${withFew} requests a minute for ${few} orders, ${withMany} for ${many}`,
    );
    expect(withMany).toBeLessThan(withFew + chanceRequests * (60 / countingSeconds));

    const customers = chance.shuffled(ids).map((id, nth) => {
      const { least, most } = nth < lateOnes ? lateAge : usualAge;
      const age = least + chance.below(most - least);
      return { id, age, waits: chance.below(payingSeconds * 1_000) / 1_000 };
    });
    await growOld(customers);
    const waits = new Map(customers.map((customer) => [customer.id, customer.waits]));
    const paidAt = new Map<string, number>();
    await Promise.all(
      (await paymentsOf(desk, ids)).map(async ({ order_id: id, intent_id: intentId }) => {
        await delay((waits.get(id) ?? 0) * 1_000);
        expect(await actAtStripe(crew.standIns.url, intentId ?? "", "pay")).toBe(true);
        paidAt.set(id, Date.now());
      }),
    );
    const seconds = await untilNoticed(paidAt);
    const p95 = seconds[Math.ceil(seconds.length * 0.95) - 1] ?? Number.NaN;
    const most = seconds.at(-1) ?? Number.NaN;
    const ages = await agesWhenNoticed(ids);
    expect(ages.filter((age) => age >= lateAge.least)).toHaveLength(lateOnes);
    console.log(
      `F22, ${name}: the oldest was paid ${ages.at(-1)?.toFixed(0)} s after it was placed`,
    );
    console.log(`F22, ${name}: p95 ${p95.toFixed(2)} s, maximum ${most.toFixed(2)} s`);
    expect(p95).toBeLessThan(p95Seconds * pace + ownSeconds);
    expect(most).toBeLessThan(mostSeconds * pace + ownSeconds);
    await allIsWell(crew, ids);
  },
  full ? 400_000 : 60_000,
);

type Crew = Awaited<ReturnType<typeof startCrew>>;

/** How many requests Stripe gets a minute while nobody pays. */
async function countRequests({ standIns }: Crew): Promise<number> {
  const count = async () => {
    const counts = await standIns.read<Record<string, number>>("/counts");
    const atStripe = Object.entries(counts).filter(([route]) => route.includes(" /v1/"));
    return atStripe.reduce((sum, [, times]) => sum + times, 0);
  };
  const before = await count();
  await untilPassed(performance.now(), countingSeconds);
  return ((await count()) - before) * (60 / countingSeconds);
}

/**
 * A compressed clock: nobody waits for the minutes that customers take. Shortly before they pay,
 * their orders' and payments' own moments are moved into the past, so that each has its age when
 * it is paid. What asks Stripe by the age of an order, or by its hold's end, sees old orders.
 */
async function growOld(customers: readonly { id: string; age: number; waits: number }[]) {
  const { rows } = await sql<{ id: string; by: number }>`
    SELECT id, greatest(0, age - extract(epoch FROM now() - placed_at))::float8 AS by
    FROM orders JOIN unnest(
      ${customers.map(({ id }) => id)}::uuid[],
      ${customers.map(({ age, waits }) => age - waits)}::float8[]
    ) AS wanted (id, age) USING (id)`.execute(desk.db);
  const moves = sql`unnest(
    ${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ by }) => by)}::float8[]
  ) AS move (order_id, by)`;
  const back = (column: string) =>
    sql`${sql.ref(column)} = ${sql.ref(column)} - make_interval(secs => move.by)`;
  const ofOrders = ["placed_at", "held_at", "expires_at", "due_at"].map(back);
  await sql`UPDATE orders SET ${sql.join(ofOrders)} FROM ${moves}
    WHERE orders.id = move.order_id`.execute(desk.db);
  const ofPayments = ["created_at", "asked_at", "due_at"].map(back);
  await sql`UPDATE payments SET ${sql.join(ofPayments)} FROM ${moves}
    WHERE payments.order_id = move.order_id`.execute(desk.db);
}

/** How many seconds after they were placed orders were known to be paid, the youngest first. */
async function agesWhenNoticed(ids: readonly string[]): Promise<number[]> {
  const { rows } = await sql<{ age: number }>`
    SELECT extract(epoch FROM at - placed_at)::float8 AS age
    FROM orders JOIN order_events ON order_id = id AND event = 'payment_captured'
    WHERE id = ANY(${ids}::uuid[]) ORDER BY age`.execute(desk.db);
  return rows.map(({ age }) => age);
}

/** Waits until all are paid, and answers after how many seconds each was, the quickest first. */
async function untilNoticed(paidAt: ReadonlyMap<string, number>): Promise<number[]> {
  const rows = await waitFor(
    "every payment to be noticed",
    async () => {
      const { rows } = await sql<{ id: string; at: Date }>`
        SELECT order_id AS id, at FROM order_events WHERE event = 'payment_captured'
          AND order_id = ANY(${[...paidAt.keys()]}::uuid[])`.execute(desk.db);
      if (rows.length === paidAt.size) return rows;
      throw new Error(`${rows.length} of ${paidAt.size} are`);
    },
    { timeoutMs: (mostSeconds + 5) * 1_000 },
  );
  const seconds = rows.map(({ id, at }) => (at.getTime() - (paidAt.get(id) ?? 0)) / 1_000);
  return seconds.sort((one, other) => one - other);
}
