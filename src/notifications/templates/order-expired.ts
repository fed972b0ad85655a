import { goods } from "./goods.ts";
import type { WriteLetter } from "./letter.ts";
import { heldUntil, hello } from "./person.ts";

/** Nobody paid in time: the hold is over, nothing was charged. */
export const orderExpired: WriteLetter = (facts, words) => ({
  subject: words.expired.subject(facts.orderNumber),
  preview: words.expired.preview,
  tone: "calm",
  badge: words.expired.badge,
  heading: words.expired.heading,
  blocks: [
    hello(facts, words),
    { kind: "paragraph", text: words.expired.opening(heldUntil(facts)) },
    { kind: "paragraph", text: words.expired.closing },
    goods(facts, words),
  ],
});
