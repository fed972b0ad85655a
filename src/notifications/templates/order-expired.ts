import type { MessageFacts } from "../facts.ts";
import type { Words } from "../locales/en.ts";
import { goods } from "./goods.ts";
import type { WriteLetter } from "./letter.ts";
import { heldUntil, hello } from "./person.ts";

/** The hold is over: nobody paid in time, or Stripe could not say so. */
export const orderExpired: WriteLetter = (facts, words) => {
  const { preview, paragraphs } = aboutMoney(facts, words);
  return {
    subject: words.expired.subject(facts.orderNumber),
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
    const paragraphs = [expired.opening(heldUntil(facts)), expired.closing];
    return { preview: expired.preview, paragraphs };
  }
  return { preview: unsure.preview, paragraphs: [unsure.expired, unsure.closing] };
}
