import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatMoney } from "../../src/notifications/format.ts";
import { messageTemplates, payingTemplates } from "../../src/notifications/lifecycle.ts";
import { locales } from "../../src/notifications/locales/dictionaries.ts";
import { renderMail } from "../../src/notifications/render.ts";
import { line, sampleFacts, seen } from "./sample-facts.ts";

const every = locales.flatMap((locale) => messageTemplates.map((template) => [template, locale]));
const hostile = `<script>alert(1)</script>"'&\r\nBcc: thief@bad.example`;

/** Amounts as a reader types them: blanks of any width are one blank. */
const plain = (text: string) => text.replace(/\s/g, " ");

describe.for(every as [(typeof messageTemplates)[number], string][])(
  "%s in %s",
  ([template, locale]) => {
    const short = [{ sku: "LAMP-1", name: "Reading lamp", requested: 3, available: 1 }];

    test("names the order, the shop and the person, as HTML and as text", () => {
      const mail = renderMail(template, sampleFacts({ locale, shortages: short }));
      expect(mail.subject).toContain("4Q7K-9M2X-P0TZ");
      for (const body of [seen(mail.html), mail.text]) {
        expect(body).toContain("Aurora Home");
        expect(body).toContain("4Q7K-9M2X-P0TZ");
        expect(body).toContain("Anna Whitfield");
        expect(body).not.toMatch(/undefined|null|NaN|\[object/);
      }
    });

    test("lets nobody's words become markup or a header", () => {
      const mail = renderMail(
        template,
        sampleFacts({
          locale,
          shopName: hostile,
          orderNumber: hostile,
          contactName: hostile,
          lines: [line(hostile, hostile, 1, 100)],
          adjustments: [{ kind: "shipping", name: hostile, amountMinor: 5 }],
          address: { line1: hostile, city: hostile, country: hostile },
          shortages: [{ sku: hostile, name: hostile, requested: 1, available: 0 }],
          declineReason: hostile,
        }),
      );
      expect(mail.html).not.toMatch(/<script|alert\(1\)<\/script>/i);
      expect(mail.subject).not.toMatch(/[\r\n]/);
      expect(mail.text).not.toMatch(/^Bcc:/m);
      expect(mail.text).not.toContain("\r");
    });

    test("loads nothing from anywhere", () => {
      const { html } = renderMail(template, sampleFacts({ locale, shortages: short }));
      expect(html).not.toMatch(/<(img|link|iframe|object|script)|url\(|src=/i);
      const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
      const paying = payingTemplates.includes(template);
      expect(links).toEqual(paying ? ["https://shop.example/pay?order=0199#token"] : []);
    });

    test("says the same words as HTML and as text", () => {
      const mail = renderMail(template, sampleFacts({ locale, shortages: short }));
      const words = (text: string) => new Set(text.match(/[\p{L}\p{N}]{2,}/gu));
      const url = words("https://shop.example/pay?order=0199#token");
      const inHtml = words(seen(mail.html));
      const inText = words(mail.text);
      expect([...inText].filter((word) => !inHtml.has(word) && !url.has(word))).toEqual([]);
      const badgeAndLabel = [...inHtml].filter((word) => !inText.has(word));
      expect(badgeAndLabel.length).toBeLessThanOrEqual(4);
    });
  },
);

describe("the goods", () => {
  const aLine = fc.record({
    name: fc.string({ minLength: 1, maxLength: 30 }),
    quantity: fc.integer({ min: 1, max: 1_000_000 }),
    unitPriceMinor: fc.integer({ min: 0, max: 1_000_000 }),
  });

  test("end in the total of the facts, as HTML and as text, in every currency", () => {
    fc.assert(
      fc.property(
        fc.array(aLine, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: -1_000, max: 1_000 }).filter((amount) => amount !== 0),
        fc.constantFrom("GBP", "RUB", "JPY", "KWD"),
        fc.constantFrom(...locales),
        (drawn, amountMinor, currency, locale) => {
          const lines = drawn.map((each, index) =>
            line(`S${index}`, each.name, each.quantity, each.unitPriceMinor),
          );
          const kind = amountMinor < 0 ? "discount" : "shipping";
          const facts = sampleFacts({
            locale,
            currency,
            lines,
            adjustments: [{ kind, name: "Named", amountMinor }],
            address: null,
          });
          const mail = renderMail("order_paid", facts);
          const label = locale === "en" ? "Total" : "Итого";
          expect(printedMinor(mail.text, new RegExp(`^${label}: (.*)$`, "m"))).toBe(
            facts.totalMinor,
          );
          const inHtml = new RegExp(`>${label}</td>\\s*<td[^>]*>([^<]*)</td>`);
          expect(printedMinor(mail.html, inHtml)).toBe(facts.totalMinor);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("show each line's quantity, price and sum, and every adjustment by its name", () => {
    const facts = sampleFacts({
      adjustments: [
        { kind: "shipping", name: "Courier", amountMinor: 499 },
        { kind: "discount", name: "", amountMinor: -1_000 },
      ],
    });
    const mail = renderMail("order_paid", facts);
    for (const body of [seen(mail.html), mail.text].map(plain)) {
      expect(body).toContain("LAMP-1 · 2 × £24.50");
      expect(body).toContain("£49.00");
      expect(body).toMatch(/Items:? +£56\.99/);
      expect(body).toMatch(/Courier:? +£4\.99/);
      expect(body).toMatch(/Discount:? +−£10\.00/);
      expect(body).toMatch(/Total:? +£51\.98/);
    }
  });

  test("of an order of 592 lines keep to 50, say how many are left out and still add up", () => {
    const lines = Array.from({ length: 592 }, (_, index) =>
      line(`S${index}`, `Thing ${index};`, 1, 100),
    );
    const mail = renderMail("order_paid", sampleFacts({ lines }));
    for (const body of [seen(mail.html), mail.text].map(plain)) {
      expect(body.match(/Thing \d+;/g)).toHaveLength(50);
      expect(body).toMatch(/542 more lines:? +£542\.00/);
      expect(body).toMatch(/Total:? +£592\.00/);
    }
    expect(mail.html.length).toBeLessThan(100_000);
  });

  test("are counted in the preview as Russian counts", () => {
    const preview = (quantity: number) => {
      const lines = [line("S", "Чашка", quantity, 100)];
      return renderMail("order_paid", sampleFacts({ locale: "ru", lines })).html;
    };
    expect(preview(1)).toContain("1 товар,");
    expect(preview(3)).toContain("3 товара,");
    expect(preview(12)).toContain("12 товаров,");
  });
});

/** The minor units of an amount found in a body. */
function printedMinor(body: string, place: RegExp): number {
  const amount = place.exec(body)?.[1] ?? "";
  const digits = Number(amount.replace(/\D/g, ""));
  return amount.includes("−") ? -digits : digits;
}

test("an order of no lines and no adjustments prints only its total", () => {
  const { text } = renderMail("order_cancelled", sampleFacts({ lines: [], totalMinor: 0 }));
  expect(text).toContain(`Total: ${formatMoney(0, "GBP", "en")}`);
});
