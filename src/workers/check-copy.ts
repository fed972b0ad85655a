import type { Db } from "../db/connect.ts";
import { inOneStatement } from "../db/transaction.ts";
import { Unavailable } from "../errors.ts";
import { isCopied, readWhole } from "../orders/installation/installation.ts";
import { sharedAnswer } from "../queues/shared-answer.ts";

/** What an operator has decided is seen after so long; the database is asked no more often. */
const freshMilliseconds = 2_000;
/** Messages wait while nobody knows whose they are: that is no failure of theirs. */
const retrySeconds = 30;

/**
 * Asks, before a message is sent, whether the database is the one that the installation was
 * stamped for. Other Stripe keys are no reason to be silent: the customers are ours all the same.
 *
 * @throws Unavailable while the database may be a copy, or nobody can say
 */
export function copyWatch(db: Db): () => Promise<void> {
  const look = sharedAnswer(freshMilliseconds, () => inOneStatement(db, readWhole).then(isCopied));
  return async () => {
    if (await look()) throw heldBack();
  };
}

function heldBack(): Unavailable {
  const message =
    "This database may be a copy, whose original tells the same customers. See npm run " +
    "installation -- show: keep lets the messages go, renew drops those that were copied.";
  return new Unavailable("messages_held_back", message, undefined, retrySeconds);
}
