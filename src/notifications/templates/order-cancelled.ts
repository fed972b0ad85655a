import { oneLine } from "../format.ts";
import { goods } from "./goods.ts";
import type { WriteLetter } from "./letter.ts";
import { hello } from "./person.ts";

/** An order that was not paid for is cancelled. */
export const orderCancelled: WriteLetter = (facts, words) => ({
  subject: words.cancelled.subject(facts.orderNumber),
  preview: words.cancelled.preview,
  tone: "calm",
  badge: words.cancelled.badge,
  heading: words.cancelled.heading,
  blocks: [
    hello(facts, words),
    { kind: "paragraph", text: words.cancelled.opening(oneLine(facts.shopName, 80)) },
    { kind: "paragraph", text: words.cancelled.closing },
    goods(facts, words),
  ],
});
