import type { MessageFacts, SmsTemplate } from "../facts.ts";
import { fill, formatMoney, oneLine } from "../format.ts";
import { type Words, wordsOf } from "../locales/dictionaries.ts";
import { isGsm } from "../sms-segments.ts";
import { cancelRefund, fateOfMoney } from "./order-cancelled.ts";
import { refundOf } from "./order-refunded.ts";
import { parcelOf } from "./order-shipped.ts";
import { webAddress } from "./pay-button.ts";

const longestCarrier = 20;
const longestTracking = 35;

/**
 * A message short enough for one SMS: a segment holds 160 characters of GSM-7, but only 70 of
 * anything else, such as Cyrillic, so each language says how much of a shop's name it has room for.
 */
export function smsText(template: SmsTemplate, facts: MessageFacts, words: Words): string {
  const shop = oneLine(facts.shopName, words.about.smsShopName);
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
      return fill(paidSms(facts, words), { shop, order, total: smsMoney(facts.totalMinor, facts) });
    case "order_shipped":
      return shippedSms(facts, words, { shop, order });
    case "order_cancelled":
      return cancelledSms(facts, words, { shop, order });
    case "order_refunded": {
      const { amountMinor, currency } = refundOf(facts);
      const amount = smsMoney(amountMinor, { ...facts, currency });
      return fill(words.refunded.sms, { shop, order, amount });
    }
    case "pay_link":
      return fill(words.payLink.sms, { shop, order, url: webAddress(facts.payUrl ?? "") });
  }
}

type Names = { shop: string; order: string };

function shippedSms(facts: MessageFacts, { shipped }: Words, names: Names) {
  const { carrier, trackingNumber } = parcelOf(facts);
  const parcel = { ...names, carrier: oneLine(carrier, longestCarrier) };
  if (trackingNumber === null) return fill(shipped.sms, parcel);
  return fill(shipped.smsTracked, { ...parcel, number: oneLine(trackingNumber, longestTracking) });
}

function cancelledSms(facts: MessageFacts, words: Words, names: Names) {
  const fate = fateOfMoney(facts);
  const amount = cancelRefund(facts, smsMoney);
  if (fate === "refunded" && amount !== null) {
    return fill(words.cancelled.refunded.smsAmount, { ...names, amount });
  }
  return fill({ ...words.cancelled, unsure: words.unsure }[fate].sms, names);
}

function paidSms({ cancelledTooLate, revived }: MessageFacts, { paid }: Words) {
  if (cancelledTooLate) return paid.smsTooLate;
  return revived ? paid.smsRevived : paid.sms;
}

/** A sign that GSM-7 lacks, such as ₹, would cut an English SMS to 70 characters a segment. */
function smsMoney(amountMinor: number, { currency, locale }: MessageFacts): string {
  const amount = formatMoney(amountMinor, currency, locale);
  const wastes = isGsm(plainMarks(wordsOf(locale).paid.sms)) && !isGsm(plainMarks(amount));
  return !wastes ? amount : formatMoney(amountMinor, currency, locale, "code");
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
