import type { Locale, MessageFacts, SmsTemplate } from "../facts.ts";
import { formatMoney, oneLine } from "../format.ts";
import type { Words } from "../locales/en.ts";
import { cancelRefund, fateOfMoney } from "./order-cancelled.ts";
import { refundOf } from "./order-refunded.ts";
import { webAddress } from "./pay-button.ts";

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
    case "order_paid":
      return paidSms(facts, words)(shop, order, smsMoney(facts.totalMinor, facts));
    case "order_cancelled": {
      const { sms } = { ...words.cancelled, unsure: words.unsure }[fateOfMoney(facts)];
      return sms(shop, order, cancelRefund(facts, smsMoney));
    }
    case "order_refunded": {
      const { amountMinor, currency } = refundOf(facts);
      return words.refunded.sms(shop, order, smsMoney(amountMinor, { ...facts, currency }));
    }
    case "pay_link":
      return words.payLink.sms(shop, order, webAddress(facts.payUrl ?? ""));
  }
}

function paidSms({ cancelledTooLate, revived }: MessageFacts, { paid }: Words) {
  if (cancelledTooLate) return paid.smsTooLate;
  return revived ? paid.smsRevived : paid.sms;
}

/** A sign that GSM-7 lacks, such as ₹, would cut an English SMS to 70 characters a segment. */
function smsMoney(amountMinor: number, { currency, locale }: MessageFacts): string {
  const amount = formatMoney(amountMinor, currency, locale);
  const plain = locale === "ru" || /^[ -~£¥€]*$/.test(plainMarks(amount));
  return plain ? amount : formatMoney(amountMinor, currency, locale, "code");
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
