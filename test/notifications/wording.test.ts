import { describe, expect, test } from "vitest";
import { declineSentence } from "../../src/notifications/decline-words.ts";
import type { MessageFacts, SmsTemplate } from "../../src/notifications/facts.ts";
import { fill } from "../../src/notifications/format.ts";
import { wordsOf } from "../../src/notifications/locales/dictionaries.ts";
import { renderMail, renderSms } from "../../src/notifications/render.ts";
import { line, parcel, refund, sampleFacts, seen } from "./sample-facts.ts";

const [en, ru] = [wordsOf("en"), wordsOf("ru")];
const plain = (text: string) => text.replace(/\s/g, " ");

describe("a payment problem", () => {
  const text = (special: Parameters<typeof sampleFacts>[0]) =>
    plain(renderMail("payment_problem", sampleFacts(special)).text);

  test("tells the reason in plain words, never by the machine's code", () => {
    expect(text({ declineReason: "insufficient_funds" })).toContain("not enough money on the card");
    expect(text({ declineReason: "expired_card" })).toContain("the card has expired");
    expect(text({ declineReason: "authentication_failed" })).toContain("confirm the payment");
    expect(text({ declineReason: "expired_card", locale: "ru" })).toContain("срок действия карты");
    for (const declineReason of ["insufficient_funds", "expired_card", "generic_decline"]) {
      expect(text({ declineReason })).not.toContain(declineReason);
    }
  });

  test.for(["generic_decline", "fraudulent", "stolen_card", "__proto__", "toString", null])(
    "gives away nothing about %s",
    (declineReason) => {
      expect(text({ declineReason })).toContain(en.declines.unsaid);
    },
  );

  test("is told by the API in the same sentence", () => {
    expect(declineSentence("expired_card", "ru")).toBe(ru.declines.expired);
    expect(declineSentence("stolen_card", "en")).toBe(en.declines.unsaid);
    expect(declineSentence(null, "ru")).toBe(ru.declines.unsaid);
  });

  test("offers the same payment again and says until when the goods are held", () => {
    const mail = renderMail("payment_problem", sampleFacts());
    expect(mail.html).toContain('href="https://shop.example/pay?order=0199#token"');
    expect(mail.text).toContain("https://shop.example/pay?order=0199#token");
    expect(plain(mail.text)).toContain("held for you until 23 November 2026 at 14:30 UTC.");
  });

  test("promises nothing once the order can no longer be paid", () => {
    const mail = renderMail("payment_problem", sampleFacts({ payUrl: null }));
    expect(mail.html).not.toContain("<a ");
    for (const body of [mail.html, mail.text]) {
      expect(body).not.toContain(en.problem.button);
      expect(body).not.toContain("held for you");
    }
  });

  test("says that the goods are held also when nobody said until when", () => {
    const mail = renderMail("payment_problem", sampleFacts({ expiresAt: null }));
    expect(mail.text).toContain("Your items are still held for you.");
  });

  test("never links to anything but a web address", () => {
    const facts = sampleFacts({ payUrl: "javascript:alert(1)" });
    expect(() => renderMail("payment_problem", facts)).toThrow("PAY_URL_TEMPLATE");
  });
});

test("a rejected order tells for each short line what was asked for and what is there", () => {
  const shortages = Array.from({ length: 60 }, (_, index) => ({
    sku: `S${index}`,
    name: `Thing ${index};`,
    requested: 1_200,
    available: index,
  }));
  const mail = renderMail("order_rejected", sampleFacts({ shortages }));
  expect(mail.text).toContain("Thing 7;\n  S7 · Ordered: 1,200 · In stock: 7");
  expect(plain(seen(mail.html))).toMatch(/Thing 7; +S7 +1,200 +7 /);
  for (const body of [seen(mail.html), mail.text]) {
    expect(body.match(/Thing \d+;/g)).toHaveLength(50);
    expect(body).toContain("10 more lines");
  }
});

test("a paid order says when the cancellation came too late, and only then", () => {
  expect(renderMail("order_paid", sampleFacts({ cancelledTooLate: true })).text).toContain(
    en.paid.tooLate,
  );
  expect(renderMail("order_paid", sampleFacts()).text).not.toContain(en.paid.tooLate);
});

test("a paid order shows where it goes", () => {
  const { text } = renderMail("order_paid", sampleFacts());
  expect(text).toContain("Anna Whitfield\n14 Rope Walk\nBS1 6ZJ Bristol\nUnited Kingdom");
});

test.for([
  ["Anna", true],
  ["Zoë O'Neill-J.R. Smith", true],
  ["Анна Петрова", true],
  ["Win money at http://bad.example", false],
  ["Visit bad.example now", false],
  ["call 555 1234", false],
  ["x".repeat(61), false],
  ["", false],
] as const)("greets %s by name: %s", ([contactName, greeted]) => {
  const { text } = renderMail("order_expired", sampleFacts({ contactName }));
  const hello = greeted ? fill(en.hello, { name: contactName }) : en.helloNobody;
  expect(text.includes(hello)).toBe(true);
});

describe("an SMS", () => {
  test("fits one segment of GSM-7 in English", () => {
    const shopName = "The Old Bookshop & Stationery of Bath";
    for (const currency of ["GBP", "EUR", "INR", "PLN"]) {
      for (const [template, special] of everySms(currency)) {
        const { text } = renderSms(template, sampleFacts({ shopName, currency, ...special }));
        expect(text).toMatch(/^[\n -Z_a-z£¥€]*$/);
        expect(text.length, text).toBeLessThanOrEqual(160);
      }
    }
  });

  test("fits one segment of 70 letters in Russian", () => {
    const lines = [line("S", "Чашка", 1, 1_234_500)];
    const shopName = "Аврора для дома и дачи";
    const facts = sampleFacts({ locale: "ru", currency: "RUB", lines, shopName });
    for (const [template, special] of everySms("RUB")) {
      // A link, or two things at once, such as a payment and why it was not stopped, or a carrier
      // and its number, take a second segment.
      const takesTwo = template === "pay_link" || template === "order_shipped";
      const longest = takesTwo || special.cancelledTooLate || special.moneyMayCome ? 140 : 70;
      const { text } = renderSms(template, { ...facts, ...special });
      expect(text.length, text).toBeLessThanOrEqual(longest);
    }
    expect(plain(renderSms("order_paid", facts).text)).toContain("12 345,00 ₽");
  });

  test("names the shop, the order and the amount", () => {
    expect(renderSms("order_paid", sampleFacts()).text).toBe(
      "Aurora Home: order 4Q7K-9M2X-P0TZ is paid, £56.99. Thank you! Details are in your e-mail.",
    );
  });
});

/** Each text that an SMS can have, with what leads to it. */
function everySms(currency: string): [SmsTemplate, Partial<MessageFacts>][] {
  const back = (refundMinor: number | null) => ({ refund: "full", refundMinor }) as const;
  return [
    ["order_paid", {}],
    ["order_paid", { cancelledTooLate: true }],
    ["order_paid", { revived: true }],
    ["order_shipped", { parcel: parcel({ trackingNumber: null }) }],
    [
      "order_shipped",
      { parcel: parcel({ carrier: "x".repeat(99), trackingNumber: "9".repeat(99) }) },
    ],
    ["order_cancelled", {}],
    ["order_cancelled", { moneyMayCome: true }],
    ["order_cancelled", { cancellation: back(1_234_500) }],
    ["order_cancelled", { cancellation: back(null) }],
    ["order_cancelled", { cancellation: { refund: "none", refundMinor: null } }],
    ["order_refunded", { refund: refund({ amountMinor: 1_234_500, currency }) }],
    ["pay_link", {}],
  ];
}

test("Russian says everything in its own letters", () => {
  const russian = [
    ...Object.values(ru.declines),
    ...Object.values(ru.refunded.reasons),
    ...[ru.total, ru.paid.heading, ru.paid.revived, ru.problem.button, ru.refunded.when],
  ];
  for (const text of russian) expect(text).toMatch(/[а-яё]/i);
});
