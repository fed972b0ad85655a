import { expect, test } from "vitest";
import { mailsPage } from "../../scripts/mails/mails-page.ts";
import { samples } from "../../scripts/mails/samples.ts";
import { isTexted } from "../../src/notifications/facts.ts";
import { messageTemplates } from "../../src/notifications/lifecycle.ts";
import { languageName, locales } from "../../src/notifications/locales/dictionaries.ts";

const page = mailsPage();

/** What the page shows of one message in one language. */
function shown(template: string, locale: string): string[] {
  const section = page.split('<section id="').find((part) => part.startsWith(`${template}"`)) ?? "";
  return section.split("<article ").filter((part) => part.startsWith(`lang="${locale}"`));
}

test.for(messageTemplates)(
  "the page shows %s in every language, in each of its ways",
  (template) => {
    for (const locale of locales) {
      const articles = shown(template, locale);
      expect(articles).toHaveLength(samples[template].length);
      for (const article of articles) {
        expect(article).toContain(languageName(locale));
        expect(article).toMatch(/<iframe [^>]*srcdoc="&lt;!doctype html/);
        expect(article).toMatch(/<pre[^>]*>[^<]{200,}/);
      }
      expect(articles.some((each) => /SMS: \d+ letters, \d segments?/.test(each))).toBe(
        isTexted(template),
      );
    }
  },
);

test("the page shows what staff is told, by mail and SMS", () => {
  const articles = shown("staff", "en");
  expect(articles.length).toBeGreaterThanOrEqual(4);
  for (const article of articles) {
    expect(article).toContain("https://orders.example/ops");
    expect(article).toMatch(/SMS: \d+ letters, \d segments?/);
  }
});

test("the page needs nothing from elsewhere", () => {
  const outside = page.match(/(?:src|href)="(?!#)[^"]*"/g);
  expect(outside).toBeNull();
});
