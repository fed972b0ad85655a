import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decimalsOf } from "../../src/currencies.ts";
import {
  counted,
  countryName,
  formatMoment,
  formatMoney,
  formatNumber,
  oneLine,
} from "../../src/notifications/format.ts";
import { locales } from "../../src/notifications/locales/dictionaries.ts";
import { everyCurrency } from "../support/every-currency.ts";

/** The decimals of a printed amount: what stands after the last mark within its digits. */
const fractionOf = (printed: string, locale: string) =>
  printed
    .match(/\d[\d\s.,]*/)?.[0]
    .trim()
    .split(locale === "en" ? "." : ",")[1] ?? "";

/** Reads a printed amount back: its digits alone, and a minus sign before them. */
function minorUnits(printed: string): number {
  const amount = Number(printed.replace(/\D/g, ""));
  return printed.includes("−") ? -amount : amount;
}

describe("money", () => {
  test("reads back as the same minor units, in every currency and language", () => {
    fc.assert(
      fc.property(
        fc.maxSafeInteger().filter((amount) => !Object.is(amount, -0)),
        fc.constantFrom(...everyCurrency),
        fc.constantFrom(...locales),
        (amount, currency, locale) => {
          const printed = formatMoney(amount, currency, locale);
          expect(minorUnits(printed)).toBe(amount);
          expect(fractionOf(printed, locale)).toHaveLength(decimalsOf(currency));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test.for([
    [0, "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"],
    [2, "gbp usd eur rub isk ugx huf twd cop idr"],
    [3, "bhd jod kwd omr tnd"],
  ] as const)("shows Stripe's %i decimals of %s", ([decimals, currencies]) => {
    for (const currency of currencies.split(" ")) {
      for (const locale of locales) {
        const printed = formatMoney(1_234_500, currency, locale);
        expect(fractionOf(printed, locale), printed).toHaveLength(decimals);
        expect(minorUnits(printed)).toBe(1_234_500);
      }
    }
  });

  test.for([
    [1999, "eur", "en", "€19.99"],
    [1999, "usd", "en", "US$19.99"],
    [1999, "jpy", "en", "JP¥1,999"],
    [1999, "kwd", "en", "KWD 1.999"],
    [100_000, "huf", "en", "HUF 1,000.00"],
    [100_000, "huf", "ru", "1 000,00 HUF"],
    [500, "isk", "en", "ISK 5.00"],
    [-1500, "gbp", "en", "−£15.00"],
    [0, "gbp", "en", "£0.00"],
    [123_456_789, "rub", "ru", "1 234 567,89 ₽"],
    [-5, "rub", "ru", "−0,05 ₽"],
  ] as const)("prints %i of %s in %s as %s", ([amount, currency, locale, printed]) => {
    expect(formatMoney(amount, currency, locale).replace(/\s/g, " ")).toBe(printed);
  });

  test("refuses an amount that is not whole", () => {
    expect(() => formatMoney(1.5, "EUR", "en")).toThrow("minor units");
    expect(() => formatMoney(2 ** 53, "EUR", "en")).toThrow("minor units");
  });
});

test("counts goods as Russian does", () => {
  const words = {
    ...{ one: "{count} товар", few: "{count} товара" },
    ...{ many: "{count} товаров", other: "{count} товара" },
  };
  const said = (count: number) => counted(count, "ru", words).replace(/\s/g, " ");
  expect([1, 2, 5, 11, 21, 104, 112, 1_001].map(said)).toEqual([
    "1 товар",
    "2 товара",
    "5 товаров",
    "11 товаров",
    "21 товар",
    "104 товара",
    "112 товаров",
    "1 001 товар",
  ]);
});

test("names the time zone of every moment", () => {
  const moment = new Date("2026-11-23T14:30:00Z");
  const said = (locale: string, zone?: string) =>
    formatMoment(moment, locale, zone).replace(/\s/g, " ");
  expect(said("en")).toBe("23 November 2026 at 14:30 UTC");
  expect(said("ru")).toBe("23 ноября 2026 г. в 14:30 UTC");
  expect(said("en", "Europe/Moscow")).toBe("23 November 2026 at 17:30 GMT+3");
});

test("groups digits and names countries by language", () => {
  expect(formatNumber(10_000, "en")).toBe("10,000");
  expect(countryName("DE", "ru")).toBe("Германия");
  expect(countryName("DE", "en")).toBe("Germany");
  expect(countryName("nowhere", "en")).toBe("nowhere");
});

describe("one line", () => {
  test("has no line break, control mark or turn of direction, and keeps to its length", () => {
    const marks = fc.constantFrom(
      "\r",
      "\n",
      "\u0000",
      "\u2028",
      "\u202e",
      "\u0085",
      "é",
      "👩‍🚀",
      "x",
    );
    fc.assert(
      fc.property(
        fc.string({ unit: marks, maxLength: 400 }),
        fc.integer({ min: 1 }),
        (text, most) => {
          const line = oneLine(text, most);
          expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
          expect(Array.from(line).length).toBeLessThanOrEqual(most);
        },
      ),
    );
  });

  test("leaves ordinary words alone", () => {
    expect(oneLine("  Zoë's 5\" plate <50 %  ")).toBe("Zoë's 5\" plate <50 %");
  });
});
