import type { MessageFacts } from "../facts.ts";
import { fill, oneLine } from "../format.ts";
import type { Words } from "../locales/dictionaries.ts";
import { goods, money } from "./goods.ts";
import type { Block, WriteLetter } from "./letter.ts";
import { payButton } from "./pay-button.ts";
import { heldOf, hello, previewOf } from "./person.ts";

/**
 * The order waits for its payment: the link to pay, and until when the goods are held. Without a
 * link the order can no longer be paid, and the mail says so.
 */
export const payLink: WriteLetter = (facts, words) => {
  const shop = oneLine(facts.shopName, 80);
  const { payUrl } = facts;
  const total = money(facts.totalMinor, facts);
  return {
    subject: fill(words.payLink.subject, { order: facts.orderNumber }),
    preview: payUrl === null ? words.payLink.over : previewOf(facts, words.payLink),
    tone: "attention",
    badge: words.payLink.badge,
    heading: words.payLink.heading,
    blocks: [
      hello(facts, words),
      { kind: "paragraph", text: fill(words.payLink.opening, { shop, total }) },
      ...wayToPay(payUrl, facts, words),
      goods(facts, words),
    ],
  };
};

function wayToPay(url: string | null, facts: MessageFacts, { payLink }: Words): Block[] {
  if (url === null) return [{ kind: "paragraph", text: payLink.over }];
  return [
    { kind: "paragraph", text: heldOf(facts, payLink) },
    payButton(url, payLink.button, payLink.assurance),
  ];
}
