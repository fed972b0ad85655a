import { InvariantBroken } from "../../errors.ts";
import type { Apology, MessageFacts, MessageRefund } from "../facts.ts";
import { fill, formatMoney, oneLine } from "../format.ts";
import type { Words } from "../locales/dictionaries.ts";
import { goods } from "./goods.ts";
import type { WriteLetter } from "./letter.ts";
import { hello } from "./person.ts";

/** Money is on its way back: how much, why, and when it can be seen. */
export const orderRefunded: WriteLetter = (facts, words) => {
  const refund = refundOf(facts);
  const amount = formatMoney(refund.amountMinor, refund.currency, facts.locale);
  const { heading, opening } = words.refunded[kindOf(refund)];
  const reason = reasonFor(refund, words);
  const paragraphs = [
    fill(opening, { shop: oneLine(facts.shopName, 80), amount }),
    ...(reason === null ? [] : [reason]),
    words.refunded.when,
  ];
  return {
    subject: fill(words.refunded.subject, { order: facts.orderNumber, amount }),
    preview: words.refunded.preview,
    tone: refund.apology === null ? "good" : "attention",
    badge: words.refunded.badge,
    heading,
    blocks: [
      hello(facts, words),
      ...paragraphs.map((text) => ({ kind: "paragraph" as const, text })),
      goods(facts, words),
    ],
  };
};

/** The refund that a message is about. */
export function refundOf({ refund }: MessageFacts): MessageRefund {
  if (refund) return refund;
  throw new InvariantBroken(
    "refund_without_amount",
    "The event that a refund's message tells of has no amountMinor: its detail needs one.",
  );
}

function kindOf({ apology, whole }: MessageRefund) {
  if (apology !== null) return apologies[apology];
  return whole ? "whole" : "part";
}

const apologies = {
  late_money: "lateMoney",
  second_payment: "secondPayment",
  amount_mismatch: "mismatch",
} as const satisfies Record<Apology, keyof Words["refunded"]>;

/** An apology has said why. A code without words here stays unsaid: it is for the shop's eyes. */
function reasonFor({ apology, reason }: MessageRefund, words: Words): string | null {
  if (apology !== null || reason === null || !Object.hasOwn(reasons, reason)) return null;
  return words.refunded.reasons[reasons[reason as keyof typeof reasons]];
}

const reasons = {
  requested_by_customer: "asked",
  duplicate: "twice",
  out_of_stock: "soldOut",
  damaged: "damaged",
  not_delivered: "undelivered",
  goodwill: "goodwill",
  returned: "sentBack",
} as const satisfies Record<string, keyof Words["refunded"]["reasons"]>;
