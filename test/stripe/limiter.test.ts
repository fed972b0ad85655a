import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { NotYet, Unavailable } from "../../src/errors.ts";
import { bookInMemory } from "../../src/stripe/slots.ts";
import { waitFor } from "../support/wait-for.ts";
import { layWire } from "../support/wire.ts";
import { asker, failureOf, freshEndpoint, turnsOf, useLimiters } from "./limiters.ts";
import { mostWithinASecond, perSecondOf } from "./rates.ts";

const { url, prefix, limiterAt } = useLimiters();

function gapsOf(moments: readonly number[]): number[] {
  return moments.slice(1).map((moment, index) => moment - (moments[index] ?? 0));
}

describe("two processes with a backlog", () => {
  test("use at least 95 % of the rate, and in no second more than Stripe's limit", async () => {
    const rate = 40;
    const stripesLimit = rate / 0.8;
    const endpoint = freshEndpoint();
    const limiters = await Promise.all([limiterAt(rate), limiterAt(rate)]);
    const asks = limiters.map(({ book }) => asker(book));
    const moments: number[] = [];
    const call = async (): Promise<void> => void moments.push(performance.now());

    /** A row: whoever is told to come back does so, as its `due_at` would make it. */
    async function row(ask: ReturnType<typeof asker>): Promise<void> {
      const error = await ask(endpoint, call).catch((refusal: unknown) => refusal);
      if (error === undefined) return;
      if (!(error instanceof NotYet)) throw error;
      await delay(error.retryAfterSeconds * 1_000);
      await row(ask);
    }
    await Promise.all(asks.flatMap((ask) => Array.from({ length: 120 }, () => row(ask))));

    expect(moments).toHaveLength(240);
    expect(perSecondOf(moments)).toBeGreaterThanOrEqual(0.95 * rate);
    expect(mostWithinASecond(moments)).toBeLessThanOrEqual(stripesLimit);
  }, 20_000);

  test("send those behind an hour of places to its end, and begin no second line", async () => {
    // A place each 90 s: forty make an hour.
    const rate = 0.01;
    const { book } = await limiterAt(rate);
    for (const line of [book, bookInMemory(rate)]) {
      const endpoint = freshEndpoint();
      const places: number[] = [];
      for (let count = 0; count < 60; count++) {
        const turn = await line(endpoint, {});
        places.push("placeIn" in turn ? turn.placeIn : Number.NaN);
      }
      expect(places[30]).toBeGreaterThan(2_600_000);
      for (const place of places.slice(45)) {
        expect(place).toBeGreaterThan(3_590_000);
        expect(place).toBeLessThanOrEqual(3_601_000);
      }
    }
  });

  test("get slots within a second ahead, and then places, each a time of its own", async () => {
    const rate = 20;
    const endpoint = freshEndpoint();
    const [{ book: one }, { book: other }] = [await limiterAt(rate), await limiterAt(rate)];
    const [first, second] = await Promise.all([
      turnsOf(one, endpoint, 50),
      turnsOf(other, endpoint, 50),
    ]);
    const slots = [...first.slots, ...second.slots].sort((a, b) => a - b);
    const places = [...first.places, ...second.places].sort((a, b) => a - b);
    // Twenty a second, the first at once; more only for the time that asking took.
    expect(slots.length).toBeGreaterThanOrEqual(20);
    expect(slots.length).toBeLessThanOrEqual(25);
    expect(slots.at(-1)).toBeLessThanOrEqual(1_000);
    expect(places.length).toBe(100 - slots.length);
    expect(places[0]).toBeGreaterThanOrEqual(999);
    // A place each 45 ms, a tenth closer than slots are.
    const line = (places.at(-1) ?? 0) - (places[0] ?? 0);
    expect(line / (places.length - 1)).toBeGreaterThan(43);
    expect(line / (places.length - 1)).toBeLessThan(47);
    expect(new Set(places).size).toBeGreaterThan(places.length * 0.9);
  });

  test("keep to each endpoint's own rate", async () => {
    const { book } = await limiterAt(2);
    const [crowded, empty] = [freshEndpoint(), freshEndpoint()];
    await turnsOf(book, crowded, 10);
    expect(await book(crowded, { slot: true })).toHaveProperty("placeIn");
    expect(await book(empty, { slot: true })).toEqual({ slotIn: 0 });
  });

  test("leave an endpoint alone for as long as Stripe said to one of them", async () => {
    const [{ book: one }, { book: other }] = [await limiterAt(20), await limiterAt(20)];
    const endpoint = freshEndpoint();
    const tooMany = new Unavailable("stripe_rate_limit", "Too many.", undefined, 7);
    const error = await failureOf(asker(one)(endpoint, () => Promise.reject(tooMany)));
    expect(error).toBeInstanceOf(NotYet);
    expect(error).toMatchObject({ code: "stripe_rate_limit", cause: tooMany });
    let asked = false;
    const held = await failureOf(
      asker(other)(endpoint, async () => {
        asked = true;
      }),
    );
    expect(held).toMatchObject({ code: "stripe_no_slot" });
    expect(asked).toBe(false);
    const seconds = [error, held].map((each) => (each as NotYet).retryAfterSeconds);
    expect(Math.min(...seconds)).toBeGreaterThan(6);
    expect(Math.max(...seconds)).toBeLessThan(8);
  });
});

test("moments from before Redis's clock was set back hold nobody up", async () => {
  const { redis, book } = await limiterAt(40);
  const endpoint = freshEndpoint();
  for (const what of ["slot", "place"]) {
    const twoHoursAhead = Date.now() + 7_200_000;
    await redis.set(`${prefix}:stripe-${what}:${endpoint}`, twoHoursAhead, "PX", 7_200_000);
  }
  expect(await book(endpoint, { slot: true })).toEqual({ slotIn: 0 });
  const turn = await book(endpoint, { notBeforeMilliseconds: 2_000 });
  expect(turn).toHaveProperty("placeIn");
  expect((turn as { placeIn: number }).placeIn).toBeLessThanOrEqual(2_001);
});

describe("without Redis", () => {
  test("a process keeps to a quarter of the rate, and is back in line when Redis is", async () => {
    const wire = await layWire(url);
    onTestFinished(() => wire.down());
    const { redis, book } = await limiterAt(40, wire.url);
    const endpoint = freshEndpoint();
    await wire.down();
    await waitFor("Redis to be missed", () => redis.status !== "ready" || undefined);
    const { slots, places } = await turnsOf(book, endpoint, 30);
    expect(slots).toHaveLength(11);
    expect(Math.min(...gapsOf(slots))).toBeGreaterThan(90);
    expect(places).toHaveLength(19);

    await wire.up();
    await waitFor("Redis to be back", () => redis.status === "ready" || undefined);
    // Redis knows nothing of what went on without it.
    expect(await book(endpoint, { slot: true })).toEqual({ slotIn: 0 });
  });

  test("that is silent instead of away, nobody waits for it longer than a second", async () => {
    const wire = await layWire(url);
    onTestFinished(() => wire.down());
    const { book } = await limiterAt(40, wire.url);
    wire.silence();
    const since = performance.now();
    expect(await book(freshEndpoint(), { slot: true })).toEqual({ slotIn: 0 });
    expect(performance.now() - since).toBeLessThan(2_000);
  });
});
