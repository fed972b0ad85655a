import type { MessageFacts } from "../facts.ts";
import { fill, oneLine } from "../format.ts";
import type { Words } from "../locales/dictionaries.ts";
import { goods, money } from "./goods.ts";
import type { WriteLetter } from "./letter.ts";
import { hello } from "./person.ts";

/** An order is cancelled: nobody had paid, or may have, or the money goes back, or it does not. */
export const orderCancelled: WriteLetter = (facts, words) => {
  const { preview, paragraphs } = aboutMoney(facts, words);
  return {
    subject: fill(words.cancelled.subject, { order: facts.orderNumber }),
    preview,
    tone: "calm",
    badge: words.cancelled.badge,
    heading: words.cancelled.heading,
    blocks: [
      hello(facts, words),
      ...paragraphs.map((text) => ({ kind: "paragraph" as const, text })),
      goods(facts, words),
    ],
  };
};

function aboutMoney(facts: MessageFacts, words: Words): { preview: string; paragraphs: string[] } {
  const { unpaid, refunded, returned, kept, closing } = words.cancelled;
  const shop = oneLine(facts.shopName, 80);
  switch (fateOfMoney(facts)) {
    case "refunded": {
      const amount = cancelRefund(facts, money);
      const opening =
        amount === null
          ? fill(refunded.opening, { shop })
          : fill(refunded.openingAmount, { shop, amount });
      return { preview: refunded.preview, paragraphs: [opening, words.refunded.when, closing] };
    }
    case "returned":
      return { preview: returned.preview, paragraphs: [fill(returned.opening, { shop }), closing] };
    case "kept":
      return { preview: kept.preview, paragraphs: [fill(kept.opening, { shop }), kept.closing] };
    case "unsure":
      return {
        preview: words.unsure.preview,
        paragraphs: [fill(words.unsure.cancelled, { shop }), closing],
      };
    case "unpaid":
      return { preview: unpaid.preview, paragraphs: [fill(unpaid.opening, { shop }), closing] };
  }
}

/** What becomes of the money: earlier refunds may have left none to give back. */
export function fateOfMoney({ cancellation, moneyMayCome }: MessageFacts) {
  if (cancellation === null) return moneyMayCome ? "unsure" : "unpaid";
  if (cancellation.refund === "none") return "kept";
  return cancellation.refundMinor === 0 ? "returned" : "refunded";
}

/** How much goes back, or null when the cancellation did not say. */
export function cancelRefund(
  facts: MessageFacts,
  print: (amountMinor: number, facts: MessageFacts) => string,
): string | null {
  const amountMinor = facts.cancellation?.refundMinor ?? null;
  return amountMinor === null ? null : print(amountMinor, facts);
}
