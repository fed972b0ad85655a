import { Redis } from "ioredis";
import { onTestFinished } from "vitest";
import type { Ask, Endpoint } from "../../src/stripe/ask.ts";
import { createLimiter } from "../../src/stripe/limiter.ts";
import { askPatiently } from "../../src/stripe/patient-ask.ts";
import type { Book } from "../../src/stripe/slots.ts";
import { useRedis } from "../support/redis.ts";
import { quiet } from "../support/settings.ts";

/** Limiters of the test file's own, each on a connection of its own, as those of processes. */
export function useLimiters() {
  const { url: sharedUrl, prefix } = useRedis();
  async function limiterAt(perSecond: number, url = sharedUrl) {
    const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    redis.on("error", () => undefined);
    onTestFinished(() => redis.disconnect());
    await redis.ping();
    return { redis, book: createLimiter({ redis, prefix, perSecond }) };
  }
  return { url: sharedUrl, prefix, limiterAt };
}

let endpoints = 0;

/** An endpoint that no other test asks. */
export function freshEndpoint(): Endpoint {
  return `GET /v1/tests/${++endpoints}`;
}

export function asker(book: Book, concurrency = 100): Ask {
  return askPatiently({ book, log: quiet, concurrency });
}

export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => new Error("It succeeded."),
    (error: unknown) => error,
  );
}

/** All wishes at once, as after an outage: how they stand, in milliseconds from now. */
export async function turnsOf(book: Book, endpoint: Endpoint, wishes: number) {
  const all = Array.from({ length: wishes }, () => book(endpoint, { slot: true }));
  const turns = await Promise.all(all);
  return {
    slots: turns.flatMap((turn) => ("slotIn" in turn ? [turn.slotIn] : [])),
    places: turns.flatMap((turn) => ("placeIn" in turn ? [turn.placeIn] : [])),
  };
}
