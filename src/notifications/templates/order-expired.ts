import type { MessageFacts } from "../facts.ts";
import { fill } from "../format.ts";
import type { Words } from "../locales/dictionaries.ts";
import { goods } from "./goods.ts";
import type { WriteLetter } from "./letter.ts";
import { heldUntil, hello } from "./person.ts";

/** The hold is over: nobody paid in time, or Stripe could not say so. */
export const orderExpired: WriteLetter = (facts, words) => {
  const { preview, paragraphs } = aboutMoney(facts, words);
  return {
    subject: fill(words.expired.subject, { order: facts.orderNumber }),
    preview,
    tone: "calm",
    badge: words.expired.badge,
    heading: words.expired.heading,
    blocks: [
      hello(facts, words),
      ...paragraphs.map((text) => ({ kind: "paragraph" as const, text })),
      goods(facts, words),
    ],
  };
};

function aboutMoney(facts: MessageFacts, { expired, unsure }: Words) {
  if (!facts.moneyMayCome) {
    const until = heldUntil(facts);
    const opening = until === null ? expired.opening : fill(expired.openingUntil, { until });
    const paragraphs = [opening, expired.closing];
    return { preview: expired.preview, paragraphs };
  }
  return { preview: unsure.preview, paragraphs: [unsure.expired, unsure.closing] };
}
