import { setTimeout } from "node:timers/promises";
import type { Db } from "../db/connect.ts";
import { findKeyHolder, findShop, isKnownOrigin } from "../orders/shops.ts";
import type { KeyRing } from "./environment.ts";

/** So long may a key that was revoked still open the door. */
const rememberMs = 5_000;
/** Without a new answer for so long, the last one will do. */
const patienceMs = 300;
/** Nobody fills the memory with keys that they made up. */
const mostRemembered = 10_000;

/**
 * Looks keys up, each at most every few seconds, however many requests come with it. During an
 * outage a shop's pages must still be able to read that there is one; keys open nothing then.
 */
export function keyRing(db: Db): KeyRing {
  return {
    holderOf: remembered(async (key) => {
      const found = await findKeyHolder(db, key);
      return found && { shop: found.shop, kind: found.kind, actor: `key:${found.prefix}` };
    }),
    shopOf: remembered(outlasting((shopId) => findShop(db, shopId))),
    isKnownOrigin: remembered(outlasting((origin) => isKnownOrigin(db, origin))),
  };
}

function remembered<Answer>(
  ask: (question: string) => Promise<Answer>,
): (question: string) => Promise<Answer> {
  const answers = new Map<string, { answer: Promise<Answer>; until: number }>();
  return (question) => {
    const known = answers.get(question);
    if (known && known.until > performance.now()) return known.answer;
    if (answers.size >= mostRemembered) answers.clear();
    const answer = ask(question);
    answers.set(question, { answer, until: performance.now() + rememberMs });
    // A failure is not an answer: the next one asks again.
    answer.catch(() => answers.delete(question));
    return answer;
  };
}

/** Gives the last answer again while the database has no new one. */
function outlasting<Answer>(
  ask: (question: string) => Promise<Answer>,
): (question: string) => Promise<Answer> {
  const lasting = new Map<string, Answer>();
  return (question) => {
    const fresh = ask(question).then((answer) => {
      // What does not exist is not kept: strangers could ask for anything.
      if (answer) lasting.set(question, answer);
      else lasting.delete(question);
      return answer;
    });
    const last = lasting.get(question);
    if (!last) return fresh;
    const tooLate = setTimeout(patienceMs, last, { ref: false });
    return Promise.race([fresh.catch(() => last), tooLate]);
  };
}
