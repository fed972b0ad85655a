import type { MessageFacts } from "../facts.ts";
import { fill, oneLine } from "../format.ts";
import type { Words } from "../locales/dictionaries.ts";
import { money } from "./goods.ts";
import type { WriteLetter } from "./letter.ts";
import { cancelRefund, fateOfMoney } from "./order-cancelled.ts";
import { partOfGoods } from "./part-of-goods.ts";
import { hello } from "./person.ts";

/** Some goods of a paid order will not come: which, and what becomes of their money. */
export const linesCancelled: WriteLetter = (facts, words) => ({
  subject: fill(words.linesCancelled.subject, { order: facts.orderNumber }),
  preview: words.linesCancelled.preview,
  tone: "attention",
  badge: words.linesCancelled.badge,
  heading: words.linesCancelled.heading,
  blocks: [
    hello(facts, words),
    {
      kind: "paragraph",
      text: fill(words.linesCancelled.opening, { shop: oneLine(facts.shopName, 80) }),
    },
    ...aboutMoney(facts, words).map((text) => ({ kind: "paragraph" as const, text })),
    partOfGoods(words.linesCancelled.items, facts, words),
    { kind: "paragraph", text: words.linesCancelled.closing },
  ],
});

function aboutMoney(facts: MessageFacts, words: Words): string[] {
  const { refunded, returned, kept } = words.linesCancelled;
  const amount = cancelRefund(facts, money);
  if (fateOfMoney(facts) === "returned") return [returned];
  return amount === null ? [kept] : [fill(refunded, { amount }), words.refunded.when];
}
