import fc from "fast-check";

/** How a job goes: it is cut short, or its answer is lost or late, in each place where it can. */
const ways = ["done", "done", "done", "held", "late", "cut", "unreached", "lost"] as const;
export type Way = (typeof ways)[number];

const minute = 60;
const hour = 60 * minute;

const nr = fc.nat({ max: 11 });
const way = fc.constantFrom(...ways);
const seconds = fc.constantFrom(
  ...[1, 10, minute, minute, 11 * minute, 11 * minute, 31 * minute, 2 * hour + 1, 25 * hour],
);

/**
 * One thing that happens to the shop. What it happens to is the `nr`th of those that it can
 * happen to, counted round; where there is none, nothing happens.
 */
const letters = {
  place: fc.record({ does: fc.constant("place"), quantity: fc.integer({ min: 1, max: 3 }) }),
  /** The same, and all goes well until it can be paid. */
  serve: fc.record({ does: fc.constant("serve"), quantity: fc.integer({ min: 1, max: 3 }) }),
  work: fc.record({ does: fc.constant("work"), nr, way }),
  expire: fc.record({ does: fc.constant("expire") }),
  /** An event of Stripe's arrives; with `again` it will arrive once more. */
  hear: fc.record({ does: fc.constant("hear"), nr, way, again: fc.boolean() }),
  /** Somebody who held something goes on; with `again` what they hold is used once more. */
  goOn: fc.record({ does: fc.constant("goOn"), nr, again: fc.boolean() }),
  goOnTogether: fc.record({ does: fc.constant("goOnTogether") }),
  die: fc.record({ does: fc.constant("die"), nr }),
  flushRedis: fc.record({ does: fc.constant("flushRedis") }),
  refuseStart: fc.record({ does: fc.constant("refuseStart"), nr }),
  pay: fc.record({
    does: fc.constant("pay"),
    nr,
    how: fc.constantFrom("ok", "ok", "ok", "short", "decline", "action", "processing"),
  }),
  settle: fc.record({ does: fc.constant("settle"), nr, how: fc.constantFrom("ok", "decline") }),
  cancel: fc.record({
    does: fc.constant("cancel"),
    nr,
    quantity: fc.constantFrom(null, null, 1),
    refund: fc.constantFrom("full", "none", null),
    isGuest: fc.boolean(),
  }),
  edit: fc.record({ does: fc.constant("edit"), nr, quantity: fc.integer({ min: 1, max: 3 }) }),
  ship: fc.record({ does: fc.constant("ship"), nr, quantity: fc.constantFrom(null, 1, 2) }),
  takeBack: fc.record({
    does: fc.constant("takeBack"),
    nr,
    quantity: fc.integer({ min: 1, max: 2 }),
    restock: fc.boolean(),
    refund: fc.constantFrom("full", "none"),
  }),
  /** Somebody pays at the till, whatever they did online. */
  force: fc.record({ does: fc.constant("force"), nr }),
  refund: fc.record({
    does: fc.constant("refund"),
    nr,
    amountMinor: fc.constantFrom(null, 1, 200, 499, 500, 501),
  }),
  atStripe: fc.record({
    does: fc.constant("atStripe"),
    nr,
    what: fc.constantFrom(
      ...(["cancel", "refund", "accept", "bounce", "inquire", "dispute", "win", "lose"] as const),
    ),
  }),
  pass: fc.record({ does: fc.constant("pass"), seconds }),
};

type Letters = typeof letters;
export type Letter = {
  [Name in keyof Letters]: Letters[Name] extends fc.Arbitrary<infer Value>
    ? Omit<Value, "does"> & { does: Name }
    : never;
}[keyof Letters];

/** Common things are common; most of what happens is work. */
const weights: Record<keyof Letters, number> = {
  ...{ place: 2, serve: 6, work: 14, expire: 2, hear: 6, goOn: 5, goOnTogether: 1, die: 1 },
  ...{ flushRedis: 1, refuseStart: 1, pay: 12, settle: 4, cancel: 3, refund: 3, atStripe: 6 },
  ...{ force: 1, edit: 4, pass: 5, ship: 4, takeBack: 3 },
};

export const mostLetters = 50;

/** A run of up to fifty of them. */
export const words: fc.Arbitrary<Letter[]> = fc.array(
  fc.oneof(
    ...Object.entries(letters).map(([name, arbitrary]) => ({
      arbitrary: arbitrary as fc.Arbitrary<Letter>,
      weight: weights[name as keyof Letters],
    })),
  ),
  { maxLength: mostLetters, size: "max" },
);
