import { describe, expect, test } from "vitest";
import { type Dice, dice } from "../../support/dice.ts";
import { askForRefunds, seenRefund } from "../../support/money-back.ts";
import type { Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";

const desk = useRefundDesk();

const seeds = process.env["AURORA_TEST_FULL"] === "1" ? 100 : 20;
const requests = 50;

/** Fifty requests of random amounts at once, in transactions of their own, some of them in one. */
async function rush(paying: Paying, random: Dice) {
  const wishes = Array.from({ length: requests }, () =>
    desk.wishOf(paying, { amountMinor: 1 + random.below(120) }),
  );
  const batches: (typeof wishes)[] = [];
  while (wishes.length > 0) batches.push(wishes.splice(0, 1 + random.below(5)));
  const answers = await Promise.all(
    batches.map((batch) => askForRefunds(desk.db, desk.settings, ...batch)),
  );
  return answers.flatMap(({ results }) => results);
}

async function sumOf(paying: Paying): Promise<number> {
  const rows = await desk.refundsOf(paying);
  return rows.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
}

describe(`${requests} requests at once, of random amounts`, () => {
  test(`never give back more than was captured, with ${seeds} seeds`, async () => {
    for (let round = 0; round < seeds; round++) {
      const random = dice();
      const paying = await desk.sold();
      const results = await rush(paying, random);
      const sum = await sumOf(paying);
      expect(sum, `seed ${random.seed}`).toBeLessThanOrEqual(1_000);
      // Whoever was refused asked for more than was left in the end.
      expect(sum, `seed ${random.seed}`).toBeGreaterThan(1_000 - 120);
      const codes = results.flatMap((each) =>
        each.outcome === "refused" ? [each.error.code] : [],
      );
      const known = ["refund_too_large", "nothing_left_to_refund"];
      expect(codes.filter((code) => !known.includes(code))).toEqual([]);
    }
    await desk.expectSoundBooks();
  });

  test(`nor with a refund in the dashboard in between, with ${seeds} seeds`, async () => {
    for (let round = 0; round < seeds; round++) {
      const random = dice();
      const paying = await desk.sold();
      const amountMinor = 100 + random.below(400);
      const dashboard = seenRefund({ amountMinor });
      const [results] = await Promise.all([rush(paying, random), desk.look(paying, dashboard)]);
      const asked = results.filter(({ outcome }) => outcome === "requested").length;
      const rows = await desk.refundsOf(paying);
      expect(rows, `seed ${random.seed}`).toHaveLength(asked + 1);
      // What was asked for before we knew may be too much: Stripe refuses it. All after is not.
      const before = rows.filter(({ reason }) => reason !== "made_at_stripe");
      const sum = before.reduce((total, { amount_minor }) => total + amount_minor, 0);
      expect(sum, `seed ${random.seed}`).toBeLessThanOrEqual(1_000);
      const left = Math.max(1_000 - (await sumOf(paying)), 0);
      const late = await desk.ask(paying, { amountMinor: left + 1 });
      expect(late.outcome, `seed ${random.seed}`).toBe("refused");
    }
    await desk.expectSoundBooks();
  });
});

test("an amount that Stripe can't give back is refused before it is asked", async () => {
  const paying = await desk.payable();
  await desk.apply(paying, { status: "captured", capturedMinor: 1_000, currency: "isk" });
  expect(await desk.ask(paying, { amountMinor: 150 })).toMatchObject({
    outcome: "refused",
    error: { code: "refund_uneven", faults: [{ field: "amountMinor" }] },
  });
  await desk.refund(paying, 200);
});

test("nothing can go back through a payment whose money has not come", async () => {
  const paying = await desk.payable();
  expect(await desk.ask(paying, { amountMinor: 1 })).toMatchObject({
    outcome: "refused",
    error: { code: "order_not_paid" },
  });
});
