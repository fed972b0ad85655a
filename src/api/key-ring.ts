import type { Db } from "../db/connect.ts";
import { findKeyHolder, findShop, isKnownOrigin } from "../orders/shops.ts";
import type { KeyRing } from "./environment.ts";

/** So long may a key that was revoked still open the door. */
const rememberMs = 5_000;
/** Nobody fills the memory with keys that they made up. */
const mostRemembered = 10_000;

/** Looks keys up, each at most every few seconds, however many requests come with it. */
export function keyRing(db: Db): KeyRing {
  return {
    holderOf: remembered(async (key) => {
      const found = await findKeyHolder(db, key);
      return found && { shop: found.shop, kind: found.kind, actor: `key:${found.prefix}` };
    }),
    shopOf: remembered((shopId) => findShop(db, shopId)),
    isKnownOrigin: remembered((origin) => isKnownOrigin(db, origin)),
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
