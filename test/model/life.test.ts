/**
 * The whole life of orders, payments, refunds, disputes and holds, played in memory: the product's
 * tables and pure decisions on one side, a tiny Stripe, forgetful messengers, dying workers and
 * impatient customers on the other. No path may lead from money taken to money forgotten.
 *
 * The seed is always printed; a failure prints fast-check's path as well, and the shortest list
 * of letters that fails. To play it again:
 * AURORA_MODEL_REPLAY="<seed> <path>" npm test -- test/model/life.test.ts
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { orderEvents } from "../../src/orders/lifecycle.ts";
import { disputeStatuses } from "../../src/payments/lifecycle.ts";
import { brokenRules } from "./broken-rules.ts";
import { type Letter, mostLetters, words } from "./letters.ts";
import { memoryBooks, productRules } from "./memory-books.ts";
import type { Rules } from "./memory-rows.ts";
import { Census, live } from "./one-life.ts";
import { isFull, isReplay, runs } from "./runs.ts";
import { TinyStripe } from "./tiny-stripe.ts";
import { World } from "./world.ts";

const lives = isFull ? 200_000 : 10_000;

async function liveInMemory(letters: readonly Letter[], rules: Rules = productRules) {
  return await live(new World(memoryBooks(rules), new TinyStripe()), letters, "step by step");
}

/** Each of these happens in so many lives: nothing is shown by lives in which nothing happens. */
const happenings = [
  ...orderEvents,
  ...["captured", "cancelled", "failed"].map((status) => `payment ${status}`),
  ...["succeeded", "failed"].map((status) => `refund ${status}`),
  ...disputeStatuses.map((status) => `dispute ${status}`),
  ...["sold", "consumed", "released"].map((status) => `hold ${status}`),
  ...["amount_mismatch", "stripe_unreachable", "still_processing", "late_money"],
  ...["order_cancelled", "wished", "payment_processing", "payment_action_failed"],
  ...["payment_reopened", "refund_accepted", "lines_cancelled", "returned", "goods"],
  ...["edited", "redrafted", "draft_edited", "edit_refused", "paid", "over"],
  ...["payment_processing", "payment_under_review"],
];

describe("in memory, no path leads from money taken to money forgotten", () => {
  test(`in ${lives} lives of up to ${mostLetters} letters`, async () => {
    const census = new Census();
    const property = fc.asyncProperty(words, async (letters) => {
      census.take(await liveInMemory(letters));
    });
    await fc.assert(property, runs(lives));
    expect(isReplay ? [] : census.missing(happenings)).toEqual([]);
  }, 1_200_000);

  test.each(Object.entries(brokenRules))(
    "which is not fooled by %s",
    async (_what, broken) => {
      const { rules, fault } = broken;
      const property = fc.asyncProperty(words, async (letters) => {
        await liveInMemory(letters, rules);
      });
      const { errorInstance } = await fc.check(property, { numRuns: 10_000, endOnFailure: true });
      expect(String(errorInstance)).toMatch(fault);
    },
    60_000,
  );
});
