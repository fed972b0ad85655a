/**
 * Whatever order Stripe's news come in, and however often: the end is the same. What was observed
 * of one intent is applied in the order of its making, and in another with repetitions.
 *
 * A failure prints fast-check's seed and path. To play it again:
 * AURORA_MODEL_REPLAY="<seed> <path>" npm test -- test/model/confluence.test.ts
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Observation } from "../../src/payments/intent.ts";
import type { Snapshot } from "./books.ts";
import { memoryBooks, productRules } from "./memory-books.ts";
import type { Rules } from "./memory-rows.ts";
import { isFull, runs } from "./runs.ts";
import { TinyStripe } from "./tiny-stripe.ts";
import { World } from "./world.ts";

const histories = isFull ? 50_000 : 5_000;

/** How the order stands when the news arrive. */
const starts = [
  "payable",
  "closing",
  "given up",
  "given up, sold out",
  "given up a day ago",
] as const;
type Start = (typeof starts)[number];

/** What happens to the intent meanwhile; after each step it is looked at. */
const steps = ["ask", "decline", "process", "capture", "captureShort", "cancel"] as const;
type Step = (typeof steps)[number];

type Case = {
  start: Start;
  steps: Step[];
  /** Which observation comes next, beyond the first pass through all of them. */
  shuffle: number[];
  /** How many are applied in one transaction. */
  batch: number;
};

const cases: fc.Arbitrary<Case> = fc.record({
  start: fc.constantFrom(...starts),
  steps: fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 8 }),
  shuffle: fc.array(fc.nat({ max: 99 }), { maxLength: 24 }),
  batch: fc.integer({ min: 1, max: 3 }),
});

async function begin(start: Start, rules: Rules): Promise<{ world: World; intentId: string }> {
  const world = new World(memoryBooks(rules), new TinyStripe());
  const { books, crew } = world;
  await world.play({ does: "serve", quantity: 3 });
  const { orders, payments } = await books.look();
  const id = orders[0]?.id ?? "";
  const intentId = payments[0]?.intentId ?? "";
  if (start === "payable") return { world, intentId };
  await books.cancel({ orderId: id, quantity: null, refund: null, isGuest: true });
  if (start === "closing") return { world, intentId };
  await world.pass(start === "given up a day ago" ? 25 * 3_600 : 2 * 3_600 + 1);
  await books.recordFailure({ kind: "close_order", id });
  await crew.begin({ kind: "close_order", id });
  if (start === "given up, sold out") await world.play({ does: "serve", quantity: 3 });
  return { world, intentId };
}

/** All that was seen of the intent, in the order of its making. */
async function observe({ books, stripe }: World, intentId: string, acts: readonly Step[]) {
  const { payments } = await books.look();
  const paymentId = payments[0]?.id ?? "";
  const seen: Observation[] = [];
  for (const act of acts) {
    if (stripe.isOpen(intentId) || stripe.read(intentId).status === "processing") {
      if (act === "ask") stripe.ask(intentId);
      else if (act === "decline") stripe.decline(intentId);
      else if (act === "process") stripe.putOnItsWay(intentId);
      else if (act === "cancel") stripe.cancel(intentId);
      else stripe.capture(intentId, act === "capture" ? 0 : 1);
    }
    seen.push({ paymentId, intent: stripe.read(intentId), observedAt: await books.now() });
  }
  return seen;
}

/** Where everything stands, without how it came there. */
function endOf({ orders, payments, refunds, holds, stock, ledger }: Snapshot) {
  return {
    orders: orders.map(({ status, closing, attention }) => ({ status, closing, attention })),
    payments: payments.map(({ status, intentId, capturedMinor, hasSecret }) => {
      return { status, intentId, capturedMinor, hasSecret };
    }),
    refunds: refunds.map(({ status, amountMinor }) => ({ status, amountMinor })),
    ...{ holds, stock, ledger },
  };
}

/** Applies each observation at least once: shuffled, some again, several at a time. */
function shuffled<Item extends object>(items: readonly Item[], shuffle: readonly number[]): Item[] {
  const first = shuffle.flatMap((nr) => items[nr % items.length] ?? []);
  return [...first, ...items.filter((item) => !first.includes(item)).reverse()];
}

async function endAfter(
  { start, steps: acts }: Case,
  arrange: (seen: readonly Observation[]) => readonly Observation[],
  batch: number,
  rules: Rules,
) {
  const { world, intentId } = await begin(start, rules);
  const arranged = [...arrange(await observe(world, intentId, acts))];
  while (arranged.length > 0) await world.books.applyIntents(arranged.splice(0, batch));
  return endOf(await world.books.look());
}

function confluence(rules: Rules) {
  return fc.asyncProperty(cases, async (one) => {
    const inOrder = await endAfter(one, (seen) => seen, 1, rules);
    const rearranged = (seen: readonly Observation[]) => shuffled(seen, one.shuffle);
    expect(await endAfter(one, rearranged, one.batch, rules)).toEqual(inOrder);
  });
}

/** The same where news were lost on the way: whoever looks last sees how it is. */
function lastLook(rules: Rules) {
  return fc.asyncProperty(cases, async (one) => {
    const inOrder = await endAfter(one, (seen) => seen, 1, rules);
    const lossy = (seen: readonly Observation[]) => [
      ...one.shuffle.flatMap((nr) => seen[nr % seen.length] ?? []),
      ...seen.slice(-1),
    ];
    expect(await endAfter(one, lossy, one.batch, rules)).toEqual(inOrder);
  });
}

describe("any order and repetition of what Stripe says", () => {
  test(`ends in the same state, in ${histories} histories`, async () => {
    await fc.assert(confluence(productRules), runs(histories));
  }, 600_000);

  test(`and so does any part of it with a last look, in ${histories} histories`, async () => {
    await fc.assert(lastLook(productRules), runs(histories));
  }, 600_000);

  test("is not fooled by a judge to whom the last word is the truth", async () => {
    const forgetful: Rules = {
      ...productRules,
      judgeAll: (rows, ...rest) =>
        productRules.judgeAll(
          new Map([...rows].map(([id, row]) => [id, { ...row, observedAt: null }])),
          ...rest,
        ),
    };
    expect(await fc.check(confluence(forgetful), { numRuns: histories })).toMatchObject({
      failed: true,
    });
  });

  test("is not fooled by a judge to whom nothing is final", async () => {
    const fickle: Rules = {
      ...productRules,
      judgeAll: (rows, ...rest) =>
        productRules.judgeAll(
          new Map([...rows].map(([id, row]) => [id, { ...row, status: "pending" }])),
          ...rest,
        ),
    };
    expect(await fc.check(confluence(fickle), { numRuns: histories })).toMatchObject({
      failed: true,
    });
  });
});
