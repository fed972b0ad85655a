import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCharge, readCurrency, readRefundAmount } from "../sandbox/stripe/currencies.ts";
import { Problem } from "../sandbox/stripe/problems.ts";
import {
  chargeFault,
  decimalsOf,
  inDecimals,
  isCurrency,
  priceFault,
  refundFault,
} from "../src/currencies.ts";
import { everyCode, everyCurrency } from "./support/every-currency.ts";

/** What the stand-in for Stripe says no with, or null when it takes it. */
function standInRefusal(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    if (error instanceof Problem) return error.body.code ?? "";
    throw error;
  }
}

const refusals = {
  uneven: "parameter_invalid_integer",
  too_large: "amount_too_large",
  too_small: "amount_too_small",
};

/** Amounts of every size, and those around every limit that any currency has. */
const limits = [1, 30, 50, 200, 250, 300, 400, 1e3, 1_500, 17_500, 1e8 - 1, 1e9 - 1, 1e10 - 1];
const amounts = fc.oneof(
  fc.integer({ min: 1, max: 20_000 }),
  fc.integer({ min: 1, max: 2_000 }).map((units) => units * 100),
  fc.bigInt({ min: 1n, max: 2_000_000_000_000n }).map(Number),
  fc
    .tuple(fc.constantFrom(...limits, 1e12 - 1), fc.integer({ min: -1, max: 1 }))
    .map(([limit, beside]) => Math.max(1, limit + beside)),
);

describe("what can be charged", () => {
  test("is in the currencies that the stand-in for Stripe takes, and in no other", () => {
    const taken = everyCode.filter((code) => standInRefusal(() => readCurrency(code)) === null);
    expect(taken).toEqual(everyCurrency);
    expect(taken.length).toBeGreaterThan(135);
    for (const code of ["zzz", "GBP", "bgn", "", "__proto__"]) expect(isCurrency(code)).toBe(false);
  });

  test.each(everyCurrency)("is in %s what the stand-in takes, for the same reason", (currency) => {
    fc.assert(
      fc.property(amounts, (amount) => {
        const ours = chargeFault(amount, currency);
        const theirs = standInRefusal(() => readCharge(String(amount), currency));
        expect(ours === null).toBe(theirs === null);
        // Where two rules are broken at once, either may be named.
        if (ours?.kind === "too_small") expect(theirs).toBe(refusals.too_small);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    [30, "gbp", null],
    [20, "gbp", "0.20 GBP is below Stripe's minimum of 0.30 GBP."],
    [0, "gbp", "0.00 GBP is below Stripe's minimum of 0.30 GBP."],
    [-250, "gbp", "-2.50 GBP is below Stripe's minimum of 0.30 GBP."],
    [99_999_999, "gbp", null],
    [100_000_000, "gbp", "1000000.00 GBP is above Stripe's largest amount of 999999.99 GBP."],
    [50, "jpy", null],
    [49, "jpy", "49 JPY is below Stripe's minimum of 50 JPY."],
    [17_500, "huf", null],
    [17_501, "huf", null],
    [17_499, "huf", "174.99 HUF is below Stripe's minimum of 175.00 HUF."],
    [80_045, "twd", null],
    [500, "isk", null],
    [550, "isk", "5.50 ISK can't be charged: Stripe takes steps of 1.00 ISK."],
    [550, "ugx", "5.50 UGX can't be charged: Stripe takes steps of 1.00 UGX."],
    [5_120, "kwd", null],
    [5_124, "kwd", "5.124 KWD can't be charged: Stripe takes steps of 0.010 KWD."],
    [1, "kzt", null],
    [999_999_999_999, "idr", null],
    [10n ** 18n, "idr", "10000000000000000.00 IDR is above"],
  ] as const)("of %s %s: %s", (amount, currency, message) => {
    const fault = chargeFault(amount, currency);
    if (message === null) expect(fault).toBeNull();
    else expect(fault?.message).toContain(message);
  });

  test("is more than what one piece may cost, which may even be nothing", () => {
    expect([0, 1, 29].map((price) => priceFault(price, "gbp"))).toEqual([null, null, null]);
    expect(priceFault(1e8, "gbp")?.kind).toBe("too_large");
    expect(priceFault(150, "isk")?.kind).toBe("uneven");
  });
});

test("an amount to give back is any part of a charge, in the steps that Stripe takes", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.constantFrom(...everyCurrency),
      (amount, currency) => {
        const theirs = standInRefusal(() => readRefundAmount(String(amount), currency));
        expect(refundFault(amount, currency) === null).toBe(theirs === null);
      },
    ),
  );
  expect(refundFault(1, "gbp")).toBeNull();
  expect(refundFault(150, "isk")).toBe("Stripe gives ISK back in steps of 1.00.");
});

test("an amount reads back from its decimals exactly, in every currency", () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.constantFrom(...everyCurrency), (amount, currency) => {
      const text = inDecimals(amount, currency);
      const decimals = decimalsOf(currency);
      expect(text).toMatch(decimals === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${decimals}}$`));
      expect(BigInt(text.replace(".", ""))).toBe(amount);
      expect(text).not.toMatch(/^-?0\d/);
    }),
  );
});
