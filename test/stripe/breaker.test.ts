import { describe, expect, onTestFinished, test, vi } from "vitest";
import { NotYet, OutcomeUnknown, Refused, Unavailable } from "../../src/errors.ts";
import type { Log } from "../../src/log.ts";
import { createBreaker } from "../../src/stripe/breaker.ts";
import { waitFor } from "../support/wait-for.ts";

const probeSeconds = 0.2;

const silence = {
  "a refused connection or a 5xx": () => new Unavailable("stripe_unreachable", "It is away."),
  "a write without an answer": () => new OutcomeUnknown("stripe_outcome_unknown", "Who knows."),
};
const answers = {
  "a 429": () => new Unavailable("stripe_rate_limit", "Too many."),
  "a 409": () => new Unavailable("stripe_key_in_use", "In use."),
  "a wrong key": () => new Unavailable("stripe_key_refused", "Whose key is this?"),
  "a refusal": () => new Refused("card_declined", "No."),
};

/** A Stripe that does what the test says, behind a breaker that is quick to look again. */
function desk() {
  const events: string[] = [];
  const note = (event: string) => void events.push(event);
  const log: Log = { info: note, warn: note, error: note };
  let behave: () => Promise<unknown> = async () => "fine";
  let requests = 0;
  const request = async () => {
    requests++;
    await behave();
    return "answer";
  };
  const breaker = createBreaker("GET /v1/payment_intents/:id", log, probeSeconds);
  const ask = () => breaker.ask(request).catch((error: unknown) => error);
  return {
    events,
    ask,
    refusal: breaker.refusal,
    requests: () => requests,
    willFail(failure: () => Error) {
      behave = async () => {
        throw failure();
      };
    },
    willDo(behaviour: () => Promise<unknown>) {
      behave = behaviour;
    },
    async askOften(times: number) {
      for (let time = 0; time < times; time++) await ask();
    },
  };
}

function untilProbe({ refusal }: ReturnType<typeof desk>) {
  return waitFor("the time of a probe", () => refusal() === null || undefined);
}

describe("the circuit", () => {
  test.each(Object.entries(silence))(
    "opens after five times %s, and says when",
    async (_, made) => {
      const stripe = desk();
      stripe.willFail(made);
      await stripe.askOften(4);
      expect(stripe.refusal()).toBeNull();
      await stripe.askOften(20);
      expect(stripe.requests()).toBe(5);
      const refusal = await stripe.ask();
      expect(refusal).toBeInstanceOf(NotYet);
      expect(refusal).toMatchObject({ code: "stripe_circuit_open" });
      const { retryAfterSeconds } = refusal as NotYet;
      expect(retryAfterSeconds).toBeGreaterThan(0);
      expect(retryAfterSeconds).toBeLessThanOrEqual(probeSeconds);
      expect(stripe.events).toEqual(["stripe_circuit_opened"]);
    },
  );

  test.each(Object.entries(answers))("stays closed however often %s comes", async (_, made) => {
    const stripe = desk();
    stripe.willFail(made);
    await stripe.askOften(20);
    expect(stripe.requests()).toBe(20);
    expect(stripe.events).toEqual([]);
  });

  test.each(Object.entries(answers))("takes %s for a sign of life", async (_, made) => {
    const stripe = desk();
    for (let time = 0; time < 3; time++) {
      stripe.willFail(silence["a refused connection or a 5xx"]);
      await stripe.askOften(4);
      stripe.willFail(made);
      await stripe.ask();
    }
    expect(stripe.requests()).toBe(15);
    expect(stripe.events).toEqual([]);
  });

  test("is tried in its time though the clock on the wall was set back", async () => {
    const stripe = desk();
    stripe.willFail(silence["a refused connection or a 5xx"]);
    await stripe.askOften(5);
    const realTime = Date.now();
    onTestFinished(() => void vi.useRealTimers());
    vi.setSystemTime(realTime - 3_600_000);
    await untilProbe(stripe);
    stripe.willDo(async () => "fine");
    expect(await stripe.ask()).toBe("answer");
  });

  test("is tried by one request at a time, and tells of one outage once", async () => {
    const stripe = desk();
    stripe.willFail(silence["a refused connection or a 5xx"]);
    await stripe.askOften(5);
    for (let probe = 1; probe <= 2; probe++) {
      await untilProbe(stripe);
      await stripe.askOften(10);
      expect(stripe.requests()).toBe(5 + probe);
    }

    await untilProbe(stripe);
    const reply = Promise.withResolvers<void>();
    stripe.willDo(() => reply.promise);
    const probe = stripe.ask();
    // The others do not wait with it.
    expect(await Promise.all([stripe.ask(), stripe.ask()])).toMatchObject([
      { code: "stripe_circuit_open" },
      { code: "stripe_circuit_open" },
    ]);
    reply.resolve();
    expect(await probe).toBe("answer");
    expect(await stripe.ask()).toBe("answer");
    expect(stripe.requests()).toBe(9);
    expect(stripe.events).toEqual(["stripe_circuit_opened", "stripe_circuit_closed"]);
  });
});
