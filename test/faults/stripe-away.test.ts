import { sql } from "kysely";
import { describe, expect, onTestFailed, test } from "vitest";
import { mostWithinASecond, perSecondOf } from "../stripe/rates.ts";
import { dice } from "../support/dice.ts";
import { waitFor } from "../support/wait-for.ts";
import { useQueues } from "../workers/queue-desk.ts";
import {
  create,
  expectNoFailures,
  failedJobs,
  ordersOf,
  paymentsOf,
  placeOrders,
  startCrew,
  untilPassed,
  untilStarted,
} from "./stripe-crew.ts";

const rate = 20;
const stripesLimit = 25;
const desk = useQueues({ QUICK_RETRY_SECONDS: 0.1, BACKOFF_SECONDS: 1 });

describe("F16: 409, the key is in use", () => {
  test("for one request in five, and all payments are started", async () => {
    const stripe = await startCrew(desk, Number.POSITIVE_INFINITY);
    const chance = dice();
    onTestFailed(() => console.error(`seed: ${chance.seed}`));
    const busy = { status: 409, code: "idempotency_key_in_use" };
    stripe.setMood((route) => (route === create && chance.below(5) === 0 ? busy : null));
    const ids = await placeOrders(desk, "busy", 100);
    const payments = await untilStarted(desk, ids, 20_000);
    expect(new Set(payments.map(({ status }) => status))).toEqual(new Set(["pending"]));
    const intents = new Set(payments.map(({ intent_id }) => intent_id));
    expect(intents.size).toBe(100);
    expect(stripe.heard.filter(({ status }) => status === 409).length).toBeGreaterThan(5);
  }, 40_000);
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
      const secondsOfFault = 4;
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
      expect((first?.at ?? Number.NaN) - end).toBeLessThan(5_000);
    },
    40_000,
  );
});

describe("F18: Stripe is away", () => {
  test("and nothing expires wrongly or storms, and the queue drains at the rate", async () => {
    const stripe = await startCrew(desk, rate);
    const early = await placeOrders(desk, "early", 6);
    const live = await untilStarted(desk, early, 20_000);

    stripe.setMood(() => ({ status: 503 }));
    const since = performance.now();
    const before = stripe.heard.length;
    const late = await placeOrders(desk, "late", 160);
    // The holds of those with a live intent end meanwhile, and some of them are paid.
    await sql`UPDATE orders SET expires_at = now(), due_at = now()
      WHERE id = ANY(${early}::uuid[])`.execute(desk.db);
    const paid = live.slice(0, 3);
    for (const { intent_id: id } of paid) await stripe.standIns.tell(`/stripe/intents/${id}/pay`);
    await waitFor("the doors to be shut", async () => {
      const orders = await ordersOf(desk, early);
      return orders.every(({ closing }) => closing === "expired") || undefined;
    });
    await untilPassed(since, 8);
    const orders = await ordersOf(desk, [...early, ...late]);
    expect(new Set(orders.map(({ status }) => status))).toEqual(new Set(["awaiting_payment"]));
    // Three processes, each with five failures of each endpoint, those under way with them, and a
    // probe a second.
    // Without a breaker the limiter alone would let 160 creates through.
    const during = stripe.heard.length - before;
    expect(during).toBeLessThan(60);

    stripe.setMood(() => null);
    const end = performance.now();
    await untilStarted(desk, late, 30_000);
    await expectNoFailures(desk, late);
    // Those whose quick tries all came before the circuits opened.
    expect(await failedJobs(desk)).toBeLessThan(10);
    expect(stripe.exits()).toBe(0);
    const creates = stripe.heard.filter(({ route, at }) => route === create && at > end);
    const moments = creates.map(({ at }) => at);
    expect(moments.length).toBeLessThan(late.length * 1.1);
    // Not the edges: a process takes part once its own probe has got through, and the last few
    // who line up once more have the rate to themselves.
    const steady = moments.slice(Math.ceil(late.length * 0.1), Math.floor(late.length * 0.95));
    expect(perSecondOf(steady)).toBeGreaterThanOrEqual(0.95 * rate);
    expect(mostWithinASecond(moments)).toBeLessThanOrEqual(stripesLimit);

    const paidOrders = paid.map(({ order_id }) => order_id);
    const ends = await waitFor("the early orders to end", async () => {
      const rows = await ordersOf(desk, early);
      return rows.every(({ status }) => status !== "awaiting_payment") ? rows : undefined;
    });
    for (const { id, status } of ends) {
      expect(status).toBe(paidOrders.includes(id) ? "paid" : "expired");
    }
    const captured = await paymentsOf(desk, paidOrders);
    expect(new Set(captured.map(({ status }) => status))).toEqual(new Set(["captured"]));
  }, 60_000);
});
