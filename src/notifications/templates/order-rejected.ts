import type { MessageFacts } from "../facts.ts";
import { counted, fill, formatNumber, oneLine } from "../format.ts";
import type { Words } from "../locales/dictionaries.ts";
import { type Block, linesShown, type WriteLetter } from "./letter.ts";
import { hello } from "./person.ts";

/** Out of stock: for each line that was short, what was asked for and what is there. */
export const orderRejected: WriteLetter = (facts, words) => ({
  subject: fill(words.rejected.subject, { order: facts.orderNumber }),
  preview: words.rejected.preview,
  tone: "attention",
  badge: words.rejected.badge,
  heading: words.rejected.heading,
  blocks: [
    hello(facts, words),
    {
      kind: "paragraph",
      text: fill(words.rejected.opening, { shop: oneLine(facts.shopName, 80) }),
    },
    ...(facts.shortages.length === 0 ? [] : [shortages(facts, words)]),
    { kind: "paragraph", text: words.rejected.closing },
  ],
});

function shortages(facts: MessageFacts, words: Words): Block {
  const left = facts.shortages.length - linesShown;
  return {
    kind: "shortages",
    title: words.rejected.table,
    headings: {
      product: words.rejected.product,
      sku: "",
      requested: words.rejected.requested,
      available: words.rejected.available,
    },
    rows: facts.shortages.slice(0, linesShown).map((short) => ({
      product: oneLine(short.name),
      sku: oneLine(short.sku, 60),
      requested: formatNumber(short.requested, facts.locale),
      available: formatNumber(short.available, facts.locale),
    })),
    more: left > 0 ? counted(left, facts.locale, words.moreLines) : "",
  };
}
