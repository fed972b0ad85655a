import { describe, expect, test } from "vitest";
import { type NotYet, Unavailable } from "../../src/errors.ts";
import { askPatiently } from "../../src/stripe/patient-ask.ts";
import { quiet } from "../support/settings.ts";
import { waitFor } from "../support/wait-for.ts";
import { asker, failureOf, freshEndpoint, turnsOf, useLimiters } from "./limiters.ts";

const { limiterAt } = useLimiters();

describe("a request", () => {
  test("is not limited where nothing is, but for a pause that Stripe asked for", async () => {
    const { book } = await limiterAt(Number.POSITIVE_INFINITY);
    const endpoint = freshEndpoint();
    const { slots, places } = await turnsOf(book, endpoint, 500);
    expect([slots.length, places.length]).toEqual([500, 0]);
    expect(Math.max(...slots)).toBe(0);
    await book(endpoint, { pauseMilliseconds: 5_000 });
    const paused = await turnsOf(book, endpoint, 3);
    expect(paused.slots).toEqual([]);
    expect(Math.min(...paused.places)).toBeGreaterThan(4_900);
  });

  test("whose slot passed while slow answers held the line up comes back later", async () => {
    const { book } = await limiterAt(Number.POSITIVE_INFINITY);
    const ask = asker(book, 1);
    const reply = Promise.withResolvers<void>();
    const since = performance.now();
    const first = ask(freshEndpoint(), () => reply.promise);
    const second = failureOf(ask(freshEndpoint(), async () => "never asked"));
    await waitFor("its slot to pass", () => performance.now() - since > 1_100 || undefined);
    reply.resolve();
    await first;
    expect(await second).toMatchObject({ name: "NotYet", code: "stripe_slow" });
  });

  test("whose slot comes in a pause that Stripe asked for meanwhile is not made", async () => {
    const { book } = await limiterAt(20);
    const ask = askPatiently({ book, log: quiet, concurrency: 100, probeSeconds: 30 });
    const endpoint = freshEndpoint();
    let asked = 0;
    const limited = async () => {
      asked++;
      throw new Unavailable("stripe_rate_limit", "Too many requests.", undefined, 2);
    };
    const held = await Promise.all(
      Array.from({ length: 15 }, () => failureOf(ask(endpoint, limited))),
    );
    expect(asked).toBeLessThan(4);
    expect(new Set(held.map((error) => (error as NotYet).code))).toEqual(
      new Set(["stripe_rate_limit"]),
    );
    const places = held.map((error) => (error as NotYet).retryAfterSeconds);
    expect(Math.min(...places)).toBeGreaterThan(1);
  });

  test("that meets an open circuit uses up no slot, and gets a place in the line", async () => {
    const { book } = await limiterAt(20);
    const ask = askPatiently({ book, log: quiet, concurrency: 100, probeSeconds: 30 });
    const endpoint = freshEndpoint();
    const away = new Unavailable("stripe_unreachable", "It is away.");
    await Promise.all(
      Array.from({ length: 5 }, () => failureOf(ask(endpoint, () => Promise.reject(away)))),
    );
    const held = await Promise.all(
      Array.from({ length: 40 }, () => failureOf(ask(endpoint, async () => "never asked"))),
    );
    expect(new Set(held.map((error) => (error as NotYet).code))).toEqual(
      new Set(["stripe_circuit_open"]),
    );
    const places = held.map((error) => (error as NotYet).retryAfterSeconds);
    expect(Math.min(...places)).toBeGreaterThan(28);
    expect(Math.max(...places) - Math.min(...places)).toBeGreaterThan(39 * 0.04);
    const turn = await book(endpoint, { slot: true });
    expect(turn).toHaveProperty("slotIn");
    expect((turn as { slotIn: number }).slotIn).toBeLessThan(300);
  });

  test("is made though another endpoint fails alone", async () => {
    const { book } = await limiterAt(Number.POSITIVE_INFINITY);
    const ask = askPatiently({ book, log: quiet, concurrency: 1, probeSeconds: 30 });
    const [failing, sound] = [freshEndpoint(), freshEndpoint()];
    const away = new Unavailable("stripe_unreachable", "It is away.");
    for (let time = 0; time < 6; time++) {
      await failureOf(ask(failing, () => Promise.reject(away)));
    }
    expect(await failureOf(ask(failing, async () => "never asked"))).toMatchObject({
      code: "stripe_circuit_open",
    });
    expect(await ask(sound, async () => "answer")).toBe("answer");
  });
});
