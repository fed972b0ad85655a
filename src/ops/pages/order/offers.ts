import { may, type Operator } from "../../access/roles.ts";
import { acts } from "../../acts/acts.ts";
import { canBeOffered } from "../../acts/offered-acts.ts";
import type { Diagnosis } from "../../diagnosis.ts";
import type { OrderFacts } from "../../facts/facts.ts";
import type { Offers } from "./diagnosis-view.ts";

/** Those that are about one message, event or job are offered beside it. */
const ofOneThing = ["resend", "replay_webhook", "requeue_job"];

/** What this operator may do to the order as it stands; who may do nothing is offered nothing. */
export function offersFor(
  operator: Operator,
  facts: OrderFacts,
  { recommended, code }: Diagnosis,
): Offers {
  const allowed = Object.values(acts).filter(({ leastRole, roleHere }) => {
    return may(operator, roleHere?.(facts, {}) ?? leastRole);
  });
  const helps = recommended && allowed.find(({ name }) => name === recommended.act);
  return {
    recommended:
      recommended && helps && code !== "nothing_wrong"
        ? { ...recommended, title: helps.title }
        : null,
    others: allowed
      .filter(({ name }) => !ofOneThing.includes(name) && name !== helps?.name)
      .filter(({ name }) => canBeOffered(facts, name))
      .map(({ name, title }) => ({ act: name, title })),
  };
}
