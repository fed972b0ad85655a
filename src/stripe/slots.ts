import type { Endpoint } from "./ask.ts";

/** A slot further ahead than this is not waited for, and no place comes sooner. */
export const patienceMilliseconds = 1_000;
/** Stripe asks for seconds: a longer wait than this would be a mistake of whoever is in between. */
export const longestPauseMilliseconds = 300_000;
/** No row is put off for longer than an hour: whoever lines up behind that comes then, too. */
export const longestLineMilliseconds = 3_600_000;
/** Places are a tenth closer than slots: see `Pace`. */
const eagerness = 0.9;
/** Also where nothing is limited, those who come back do not come all at once. */
const closestMilliseconds = 2;

/**
 * How requests follow on each other, in milliseconds. Whoever gets no slot comes back at a place
 * of their own in a line. Come-backs that were only as close as slots would leave a slot unused
 * for good whenever one is late; so they are a little closer, and the few for whom it does not
 * suffice line up once more.
 */
export type Pace = { interval: number; spacing: number };

type Wish = {
  /** Wants a slot, if one is near; else only a place in the line. */
  slot?: boolean;
  /** From now on nobody gets a slot for so long. */
  pauseMilliseconds?: number;
  /** The place may not come sooner. */
  notBeforeMilliseconds?: number;
};

/** When to go, or when to come back, in milliseconds from now. */
export type Turn = { slotIn: number } | { placeIn: number };

/** Gives out an endpoint's slots, and places in the line of those who come back. */
export type Book = (endpoint: Endpoint, wish: Wish) => Promise<Turn>;

/** @param perSecond how many requests an endpoint may get a second; Infinity for any number */
export function paceOf(perSecond: number): Pace {
  const interval = 1_000 / perSecond;
  return { interval, spacing: Math.max(interval * eagerness, closestMilliseconds) };
}

/**
 * The generic cell rate algorithm in this process's memory: of each endpoint nothing is known
 * but when the next slot is, and the next place. `limiter.ts` has the same for all processes.
 */
export function bookInMemory(perSecond: number): Book {
  const { interval, spacing } = paceOf(perSecond);
  const slots = new Map<Endpoint, number>();
  const places = new Map<Endpoint, number>();
  return async (endpoint, wish) => {
    const now = performance.now();
    const pausedUntil = now + (wish.pauseMilliseconds ?? 0);
    const slot = Math.max(slots.get(endpoint) ?? 0, pausedUntil);
    if (wish.pauseMilliseconds) slots.set(endpoint, slot);
    if (wish.slot && slot - now <= patienceMilliseconds) {
      slots.set(endpoint, slot + interval);
      return { slotIn: slot - now };
    }
    const soonest = now + Math.max(patienceMilliseconds, wish.notBeforeMilliseconds ?? 0);
    const place = Math.max(places.get(endpoint) ?? 0, soonest, slot);
    places.set(endpoint, Math.min(place + spacing, now + longestLineMilliseconds));
    return { placeIn: place - now };
  };
}
