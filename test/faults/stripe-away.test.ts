import { sql } from "kysely";
import { describe, expect, onTestFailed, test } from "vitest";
import { mostWithinASecond, perSecondOf } from "../stripe/rates.ts";
import { dice } from "../support/dice.ts";
import { useQueues } from "../workers/queue-desk.ts";
import { watchLateOrders } from "./late-orders.ts";
import {
  create,
  expectNoFailures,
  failedJobs,
  ordersOf,
  placeOrders,
  startCrew,
  untilPassed,
  untilStarted,
} from "./stripe-crew.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
const rate = 20;
/** Stripe's own limit. A machine that does other things too lets requests pile up and lag. */
const bounds = full
  ? { mostPerSecond: 25, leastDrained: 0.95 }
  : { mostPerSecond: 35, leastDrained: 0.85 };
const cancel = "POST /v1/payment_intents/:id/cancel";
const desk = useQueues({ QUICK_RETRY_SECONDS: 0.1, BACKOFF_SECONDS: 1 });
const { act, cancelAll, untilOrders, untilPayments, allIsWell } = watchLateOrders(desk);
type Crew = Awaited<ReturnType<typeof startCrew>>;

/** Their customers pay, and all of them are paid. */
async function payAll(crew: Crew, ids: readonly string[]): Promise<void> {
  await act(crew, "pay", ids);
  await untilOrders(ids, "to be paid", ({ status }) => status === "paid");
  await allIsWell(crew, ids);
}

describe("F16: 409, the key is in use", () => {
  test("for one request in five, and all orders are paid or cancelled", async () => {
    const stripe = await startCrew(desk, Number.POSITIVE_INFINITY);
    const chance = dice();
    onTestFailed(() => console.error(`seed: ${chance.seed}`));
    const busy = { status: 409, code: "idempotency_key_in_use" };
    stripe.setMood(() => (chance.below(5) === 0 ? busy : null));
    const ids = await placeOrders(desk, "busy", 100);
    const payments = await untilStarted(desk, ids, 20_000);
    expect(new Set(payments.map(({ status }) => status))).toEqual(new Set(["pending"]));
    expect(new Set(payments.map(({ intent_id }) => intent_id)).size).toBe(100);

    const [paid, left] = [ids.slice(0, 50), ids.slice(50)];
    await cancelAll(left);
    await untilOrders(left, "to be cancelled", ({ status }) => status === "cancelled");
    await untilPayments(left, "cancelled");
    await payAll(stripe, paid);
    await allIsWell(stripe, left);
    for (const route of [create, cancel]) {
      const refused = stripe.heard.filter((each) => each.route === route && each.status === 409);
      expect(refused.length).toBeGreaterThan(2);
    }
  }, 60_000);
});

describe("F17: 429, too many requests", () => {
  test.each([
    ["which says for how long", { "retry-after": "1" }],
    ["which does not say for how long", {}],
  ])(
    "%s: no order fails, and all goes on at most five seconds after",
    async (name, headers) => {
      const stripe = await startCrew(desk, rate);
      stripe.setMood(() => ({ status: 429, code: "rate_limit", headers }));
      const since = performance.now();
      const ids = await placeOrders(desk, `limited-${name.length}`, 40);
      const secondsOfFault = full ? 60 : 4;
      await untilPassed(since, secondsOfFault);
      stripe.setMood(() => null);
      const end = performance.now();
      const refused = stripe.heard.filter(({ route }) => route === create).length;
      expect(refused).toBeGreaterThan(0);
      // A few each second, for as long as it lasts.
      expect(refused).toBeLessThan(secondsOfFault * rate * 0.5);

      await untilStarted(desk, ids, 20_000);
      await expectNoFailures(desk, ids);
      expect(await failedJobs(desk)).toBe(0);
      const first = stripe.heard.find(({ route, at }) => route === create && at > end);
      const seconds = ((first?.at ?? Number.NaN) - end) / 1_000;
      console.log(`F17, ${name}: ${refused} refused; it went on after ${seconds.toFixed(1)} s`);
      expect(seconds).toBeLessThan(5);
      await payAll(stripe, ids);
    },
    full ? 180_000 : 60_000,
  );
});

describe("F18: Stripe is away", () => {
  /** Ten minutes, compressed, and in npm test once more: a probe goes out as often in both. */
  const outage = full ? { seconds: 40, probeSeconds: 5 } : { seconds: 8, probeSeconds: 1 };
  const counts = full ? { early: 200, late: 600 } : { early: 20, late: 160 };

  test(
    "and nothing expires wrongly or storms, and the queue drains at the rate",
    async () => {
      const stripe = await startCrew(desk, rate, { probeSeconds: outage.probeSeconds });
      const early = await placeOrders(desk, "early", counts.early);
      await untilStarted(desk, early, 60_000);

      stripe.setMood(() => ({ status: 503 }));
      const since = performance.now();
      const before = stripe.heard.length;
      const late = await placeOrders(desk, "late", counts.late);
      // The holds of those with a live intent end meanwhile, and half of them are paid.
      await sql`UPDATE orders SET expires_at = now(), due_at = now()
      WHERE id = ANY(${early}::uuid[])`.execute(desk.db);
      const paid = early.slice(0, counts.early / 2);
      await act(stripe, "pay", paid);
      await untilOrders(early, "to be closing", ({ closing }) => closing === "expired");
      await untilPassed(since, outage.seconds);
      const orders = await ordersOf(desk, [...early, ...late]);
      expect(new Set(orders.map(({ status }) => status))).toEqual(new Set(["awaiting_payment"]));
      // Three processes, each with five failures of each endpoint, those under way with them, and a
      // probe now and then. Without a breaker the limiter alone would let all through.
      const during = stripe.heard.length - before;
      expect(during).toBeLessThan(80);

      stripe.setMood(() => null);
      const end = performance.now();
      await untilStarted(desk, late, (counts.late / rate) * 1_500 + 20_000);
      await expectNoFailures(desk, late);
      // Those whose quick tries all came before the circuits opened.
      expect(await failedJobs(desk)).toBeLessThan(10);
      expect(stripe.exits()).toBe(0);
      const whenBack = (wanted: string) =>
        stripe.heard.filter(({ route, at }) => route === wanted && at > end).map(({ at }) => at);
      const creates = whenBack(create);
      expect(creates.length).toBeLessThan(late.length * 1.1);
      // Not the edges: a process takes part once its own probe has got through, and the last few
      // who line up once more have the rate to themselves.
      const steady = creates.slice(Math.ceil(late.length * 0.1), Math.floor(late.length * 0.95));
      const drained = perSecondOf(steady) / rate;
      console.log(
        `F18: ${during} requests while Stripe was away; then ${Math.round(drained * 100)} %`,
      );
      expect(drained).toBeGreaterThanOrEqual(bounds.leastDrained);
      expect(mostWithinASecond(creates)).toBeLessThanOrEqual(bounds.mostPerSecond);
      expect(mostWithinASecond(whenBack(cancel))).toBeLessThanOrEqual(bounds.mostPerSecond);

      await untilOrders(early, "to end", ({ status }) => status !== "awaiting_payment");
      for (const { id, status } of await ordersOf(desk, early)) {
        expect(status).toBe(paid.includes(id) ? "paid" : "expired");
      }
      await untilPayments(paid, "captured");
      await allIsWell(stripe, [...early, ...late]);
    },
    full ? 300_000 : 90_000,
  );
});
