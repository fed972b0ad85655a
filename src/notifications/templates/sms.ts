import type { Locale, MessageFacts, SmsTemplate } from "../facts.ts";
import { formatMoney, oneLine } from "../format.ts";
import type { Words } from "../locales/en.ts";

/** One segment holds 160 characters of GSM-7, but only 70 of anything else, such as Cyrillic. */
const longestShopName: Record<Locale, number> = { en: 30, ru: 14 };

/** A message short enough for one SMS. */
export function smsText(template: SmsTemplate, facts: MessageFacts, words: Words): string {
  const shop = oneLine(facts.shopName, longestShopName[facts.locale]);
  const order = oneLine(facts.orderNumber, 40);
  return plainMarks(written(template, shop, order, facts, words));
}

function written(
  template: SmsTemplate,
  shop: string,
  order: string,
  facts: MessageFacts,
  words: Words,
): string {
  switch (template) {
    case "order_paid": {
      const say = facts.cancelledTooLate ? words.paid.smsTooLate : words.paid.sms;
      return say(shop, order, smsMoney(facts));
    }
    case "order_cancelled":
      return words.cancelled.sms(shop, order);
  }
}

/** A sign that GSM-7 lacks, such as ₹, would cut an English SMS to 70 characters a segment. */
function smsMoney({ totalMinor, currency, locale }: MessageFacts): string {
  const amount = formatMoney(totalMinor, currency, locale);
  const plain = locale === "ru" || /^[ -~£¥€]*$/.test(plainMarks(amount));
  return plain ? amount : formatMoney(totalMinor, currency, locale, "code");
}

/** Swaps the marks of fine print for those that every telephone has. */
function plainMarks(text: string): string {
  return text
    .replace(/[\u00a0\u202f\u2009]/g, " ")
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[\u2212–—]/g, "-")
    .replace(/…/g, "...");
}
