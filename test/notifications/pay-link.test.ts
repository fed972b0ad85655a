import { describe, expect, test } from "vitest";
import { wordsOf } from "../../src/notifications/locales/dictionaries.ts";
import { renderMail, renderSms } from "../../src/notifications/render.ts";
import { sampleFacts } from "./sample-facts.ts";

const en = wordsOf("en");
const plain = (text: string) => text.replace(/\s/g, " ");

describe("a pay link", () => {
  test("says until when the goods are held, and how to pay", () => {
    const { html, text } = renderMail("pay_link", sampleFacts());
    expect(html).toContain('href="https://shop.example/pay?order=0199#token"');
    expect(plain(text)).toContain("holding your items for you until 23 November 2026 at 14:30 UTC");
    expect(plain(text)).toContain("comes to £56.99 and is not paid yet");
    const withoutEnd = renderMail("pay_link", sampleFacts({ expiresAt: null }));
    expect(withoutEnd.text).toContain(en.payLink.held);
    expect(withoutEnd.html).toContain(en.payLink.preview);
  });

  test("promises nothing once the order can no longer be paid", () => {
    const mail = renderMail("pay_link", sampleFacts({ payUrl: null }));
    expect(mail.text).toContain(en.payLink.over);
    for (const body of [mail.html, mail.text]) {
      expect(body).not.toContain(en.payLink.button);
      expect(body).not.toContain("until");
    }
  });

  test.each(["en", "ru"] as const)("never links to anything but a web address, in %s", (locale) => {
    for (const payUrl of ["javascript:alert(1)", "https://shop.example/a b"]) {
      const facts = sampleFacts({ payUrl, locale });
      expect(() => renderMail("pay_link", facts)).toThrow("PAY_URL_TEMPLATE");
      expect(() => renderSms("pay_link", facts)).toThrow("PAY_URL_TEMPLATE");
    }
    expect(() => renderSms("pay_link", sampleFacts({ payUrl: null }))).toThrow("PAY_URL_TEMPLATE");
  });
});
