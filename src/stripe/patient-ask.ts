import { setTimeout as delay } from "node:timers/promises";
import { NotYet, reasonOf, Unavailable } from "../errors.ts";
import type { Log } from "../log.ts";
import { semaphore } from "../queues/semaphore.ts";
import { type Ask, askAtOnce, type Endpoint } from "./ask.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import { type Book, longestPauseMilliseconds } from "./slots.ts";

/** Stripe mostly limits without saying for how long. */
const pauseSeconds = 1;
/** A request whose slot passed so long ago, while slow answers held the line up, is not made. */
const staleSeconds = 1;

export type PatientMeans = {
  book: Book;
  log: Log;
  /** So many requests may be under way from this process. */
  concurrency: number;
  /** How often an open circuit is tried. */
  probeSeconds?: number;
  /** How a request is made once its turn has come. */
  ask?: Ask;
};

/**
 * Asks Stripe when it may be asked: one process's requests through one of these, whatever they
 * are for. A request gets a slot from the limiter, then one of the places under way, and then
 * passes its endpoint's circuit breaker. One that can't have its turn soon is not made: it ends in
 * `NotYet`, with a time to come back that is nobody else's, so that those who had to wait through
 * an outage come at just the rate at which they may be worked.
 *
 * @throws NotYet, and what `Ask` throws
 */
export function askPatiently(means: PatientMeans): Ask {
  const { book, log, concurrency, probeSeconds, ask = askAtOnce } = means;
  const breakers = new Map<Endpoint, Breaker>();
  const breakerOf = (endpoint: Endpoint) => {
    const breaker = breakers.get(endpoint) ?? createBreaker(endpoint, log, probeSeconds);
    breakers.set(endpoint, breaker);
    return breaker;
  };
  const inTurn = semaphore(concurrency);
  /** Until when Stripe wants to be left alone: also by those who had a slot before it said so. */
  const pauses = new Map<Endpoint, number>();
  return async (endpoint, request) => {
    // An open circuit uses up no slots.
    const breaker = breakerOf(endpoint);
    const held = breaker.refusal();
    if (held) throw await inLine(book, endpoint, held);
    const turn = await book(endpoint, { slot: true });
    if ("placeIn" in turn) throw noSlot(turn.placeIn / 1_000);
    if (turn.slotIn > 0) await delay(turn.slotIn);
    const since = performance.now();
    try {
      return await inTurn(() => {
        // Slow answers held the line up. Were it to go on at once, the slots of that time would
        // be used in one burst.
        if (performance.now() - since > staleSeconds * 1_000) throw slow();
        const pauseLeft = (pauses.get(endpoint) ?? 0) - performance.now();
        if (pauseLeft > 0) throw resting(pauseLeft / 1_000);
        return breaker.ask(() => ask(endpoint, request));
      });
    } catch (error) {
      if (error instanceof NotYet) throw await inLine(book, endpoint, error);
      if (!isRateLimit(error)) throw error;
      pauses.set(endpoint, performance.now() + pauseOf(error));
      throw await paused(book, endpoint, error);
    }
  };
}

/** The same refusal with a place in the line, which comes no sooner than it said. */
async function inLine(book: Book, endpoint: Endpoint, refusal: NotYet): Promise<NotYet> {
  const notBeforeMilliseconds = refusal.retryAfterSeconds * 1_000;
  const turn = await book(endpoint, { notBeforeMilliseconds });
  return new NotYet(refusal.code, refusal.message, secondsOf(turn), refusal.cause);
}

/** Stripe wants fewer requests: nobody asks this endpoint for as long as it says. */
async function paused(book: Book, endpoint: Endpoint, error: Unavailable): Promise<NotYet> {
  const turn = await book(endpoint, { pauseMilliseconds: pauseOf(error) });
  return new NotYet("stripe_rate_limit", reasonOf(error), secondsOf(turn), error);
}

function isRateLimit(error: unknown): error is Unavailable {
  return error instanceof Unavailable && error.code === "stripe_rate_limit";
}

function pauseOf({ retryAfterSeconds }: Unavailable): number {
  return Math.min((retryAfterSeconds ?? pauseSeconds) * 1_000, longestPauseMilliseconds);
}

function secondsOf(turn: Awaited<ReturnType<Book>>): number {
  return ("placeIn" in turn ? turn.placeIn : turn.slotIn) / 1_000;
}

function noSlot(seconds: number): NotYet {
  return new NotYet("stripe_no_slot", "More requests wait than Stripe may get.", seconds);
}

function resting(seconds: number): NotYet {
  return new NotYet("stripe_rate_limit", "Stripe wants fewer requests.", seconds);
}

function slow(): NotYet {
  const message = "Stripe answers too slowly to take more requests.";
  return new NotYet("stripe_slow", message, staleSeconds);
}
