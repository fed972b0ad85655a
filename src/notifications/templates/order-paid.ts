import { fill, oneLine } from "../format.ts";
import { goods, itemCount, money } from "./goods.ts";
import type { Block, WriteLetter } from "./letter.ts";
import { delivery, hello } from "./person.ts";

/** The confirmation: what was bought, what was paid, where it goes. */
export const orderPaid: WriteLetter = (facts, words) => {
  const total = money(facts.totalMinor, facts);
  const notices: Block[] = [
    ...(facts.cancelledTooLate ? [words.paid.tooLate] : []),
    ...(facts.revived ? [words.paid.revived] : []),
  ].map((text) => ({ kind: "notice", text }));
  return {
    subject: fill(words.paid.subject, { order: facts.orderNumber }),
    preview: fill(words.paid.preview, { items: itemCount(facts, words), total }),
    tone: "good",
    badge: words.paid.badge,
    heading: words.paid.heading,
    blocks: [
      hello(facts, words),
      {
        kind: "paragraph",
        text: fill(words.paid.opening, { shop: oneLine(facts.shopName, 80), total }),
      },
      ...notices,
      goods(facts, words),
      ...delivery(facts, words),
    ],
  };
};
