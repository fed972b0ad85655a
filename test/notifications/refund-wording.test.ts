import { describe, expect, test } from "vitest";
import type { MessageFacts } from "../../src/notifications/facts.ts";
import { fill } from "../../src/notifications/format.ts";
import type { MessageTemplate } from "../../src/notifications/lifecycle.ts";
import { locales, wordsOf } from "../../src/notifications/locales/dictionaries.ts";
import { renderMail, renderSms } from "../../src/notifications/render.ts";
import { refund, sampleFacts, seen } from "./sample-facts.ts";

const en = wordsOf("en");
const named = { shop: "Aurora Home", order: "4Q7K-9M2X-P0TZ" };
const plain = (text: string) => text.replace(/\s+/g, " ");

/** Both bodies of a mail, as a reader sees them. */
function bodies(template: MessageTemplate, special: Partial<MessageFacts>): string[] {
  const { html, text } = renderMail(template, sampleFacts(special));
  return [plain(seen(html)), plain(text)];
}

describe("a refund", () => {
  test.for([
    [{ whole: true }, "refunding your payment in full: £56.99 is on its way back"],
    [{ whole: false, amountMinor: 799 }, "refunding part of your payment: £7.99 is on its way"],
    [{ apology: "late_money" }, "expired or been cancelled, too late to be used for it"],
    [{ apology: "second_payment" }, "One of the two payments, £56.99, is on its way back"],
    [{ apology: "amount_mismatch" }, "was not what the order came to"],
  ] as const)("of %o tells what goes back and why", ([special, sentence]) => {
    for (const body of bodies("order_refunded", { refund: refund(special) })) {
      expect(body).toContain(sentence);
      expect(body).toContain("5 to 10 business days");
    }
  });

  test.for(["late_money", "second_payment", "amount_mismatch"] as const)(
    "that is owed to %s is one that we are sorry for, in every language",
    (apology) => {
      const [english] = bodies("order_refunded", { refund: refund({ apology }) });
      expect(english).toContain("We are sorry.");
      const [russian] = bodies("order_refunded", { refund: refund({ apology }), locale: "ru" });
      expect(russian).toContain("Приносим извинения.");
      expect(plain(`${russian}`)).toContain("56,99 £");
    },
  );

  test("is counted in the currency of its payment, whatever that of the order", () => {
    const other = refund({ currency: "jpy", amountMinor: 5_699, apology: "amount_mismatch" });
    const { subject } = renderMail("order_refunded", sampleFacts({ refund: other }));
    expect(subject).toContain("JP¥5,699");
  });

  test("names a reason in plain words, and a strange code not at all", () => {
    const told = (reason: string | null) =>
      bodies("order_refunded", { refund: refund({ reason }) }).join();
    expect(told("damaged")).toContain(en.refunded.reasons.damaged);
    expect(told("requested_by_customer")).toContain("You asked us for this refund.");
    for (const reason of [
      "fraudulent",
      "order_cancelled",
      "note_to_self",
      "__proto__",
      "toString",
      null,
    ]) {
      expect(told(reason)).toBe(told(null));
    }
  });

  test("needs an amount in its event", () => {
    const facts = sampleFacts({ refund: null });
    expect(() => renderMail("order_refunded", facts)).toThrow("amountMinor");
    expect(() => renderSms("order_refunded", facts)).toThrow("amountMinor");
  });
});

describe.for(locales)("a cancelled order in %s", (locale) => {
  const { cancelled, refunded } = wordsOf(locale);
  const told = (cancellation: MessageFacts["cancellation"]) =>
    bodies("order_cancelled", { locale, cancellation }).join();
  const free = plain(fill(cancelled.unpaid.opening, named));

  test("says that nothing was charged, if that is so", () => {
    expect(told(null)).toContain(free);
    expect(told(null)).not.toContain(refunded.when);
  });

  test("says that the money is on its way, with the amount where it is known", () => {
    const amount = locale === "en" ? "£12.00" : "12,00 £";
    const known = told({ refund: "full", refundMinor: 1_200 });
    expect(known).toContain(plain(fill(cancelled.refunded.openingAmount, { ...named, amount })));
    const unknown = told({ refund: "full", refundMinor: null });
    expect(unknown).toContain(plain(fill(cancelled.refunded.opening, named)));
    for (const body of [known, unknown]) {
      expect(body).toContain(refunded.when);
      expect(body).not.toContain(free);
    }
  });

  test("promises no money that had all gone back before", () => {
    const body = told({ refund: "full", refundMinor: 0 });
    expect(body).toContain(plain(fill(cancelled.returned.opening, named)));
    expect(body).not.toContain(refunded.when);
    expect(body).not.toMatch(/£0|0,00/);
  });

  test("promises no money where no refund was agreed", () => {
    const body = told({ refund: "none", refundMinor: null });
    expect(body).toContain(plain(fill(cancelled.kept.opening, named)));
    expect(body).not.toContain(refunded.when);
    expect(body).not.toContain(free);
  });

  test("says in its SMS the same about the money", () => {
    const sms = (cancellation: MessageFacts["cancellation"]) =>
      renderSms("order_cancelled", sampleFacts({ locale, cancellation })).text;
    const texts = [
      sms(null),
      sms({ refund: "full", refundMinor: 1_200 }),
      sms({ refund: "none", refundMinor: null }),
      sms({ refund: "full", refundMinor: 0 }),
    ];
    expect(new Set(texts).size).toBe(4);
    expect(texts[1]).toContain("12");
  });
});

describe.for(locales)("an order that ended without Stripe's word, in %s", (locale) => {
  const { unsure } = wordsOf(locale);
  const claim = locale === "en" ? /not been charged/ : /не списаны/;

  test.for([
    ["order_expired", [unsure.expired, unsure.closing]],
    ["order_cancelled", [fill(unsure.cancelled, named)]],
  ] as const)("hears by %s what becomes of money that comes", ([template, sentences]) => {
    for (const body of bodies(template, { locale, moneyMayCome: true })) {
      for (const sentence of sentences) expect(body).toContain(plain(sentence));
    }
    const { html, text } = renderMail(template, sampleFacts({ locale, moneyMayCome: true }));
    expect(html).toContain(unsure.preview);
    expect(html + text).not.toMatch(claim);
    expect(bodies(template, { locale }).join()).toMatch(claim);
  });

  test("hears it by SMS", () => {
    const { text } = renderSms("order_cancelled", sampleFacts({ locale, moneyMayCome: true }));
    expect(text).toBe(fill(unsure.sms, named));
  });
});

test.for(locales)("an order paid late says that it goes ahead all the same, in %s", (locale) => {
  const { revived, smsRevived } = wordsOf(locale).paid;
  const late = { locale, revived: true };
  for (const body of bodies("order_paid", late)) expect(body).toContain(revived);
  for (const body of bodies("order_paid", { locale })) expect(body).not.toContain(revived);
  const amount = locale === "en" ? "£56.99" : "56,99 £";
  expect(renderSms("order_paid", sampleFacts(late)).text).toBe(
    fill(smsRevived, { ...named, total: amount }),
  );
});
