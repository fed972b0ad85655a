import { declineSentence } from "../decline-words.ts";
import type { MessageFacts } from "../facts.ts";
import { fill } from "../format.ts";
import type { Words } from "../locales/dictionaries.ts";
import { goods } from "./goods.ts";
import type { Block, WriteLetter } from "./letter.ts";
import { payButton } from "./pay-button.ts";
import { heldOf, hello, previewOf } from "./person.ts";

/**
 * A payment was declined: why, until when the goods are held, and the way to pay again. Without
 * a link the order can no longer be paid, so then it promises neither goods nor another try.
 */
export const paymentProblem: WriteLetter = (facts, words) => {
  const reason = declineSentence(facts.declineReason, facts.locale);
  const { payUrl } = facts;
  return {
    subject: fill(words.problem.subject, { order: facts.orderNumber }),
    preview: payUrl === null ? reason : previewOf(facts, words.problem),
    tone: "attention",
    badge: words.problem.badge,
    heading: words.problem.heading,
    blocks: [
      hello(facts, words),
      { kind: "paragraph", text: reason },
      ...(payUrl === null ? [] : payAgain(payUrl, facts, words)),
      goods(facts, words),
    ],
  };
};

function payAgain(url: string, facts: MessageFacts, words: Words): Block[] {
  const { button: label, assurance: note } = words.problem;
  return [{ kind: "paragraph", text: heldOf(facts, words.problem) }, payButton(url, label, note)];
}
