import { may, type Operator } from "../../access/roles.ts";
import { acts } from "../../acts/acts.ts";
import type { Diagnosis } from "../../diagnosis.ts";
import type { Offers } from "./diagnosis-view.ts";

/** Those that are about one message, event or job are offered beside it. */
const ofOneThing = ["resend", "replay_webhook", "requeue_job"];

/** What this operator may do to an order; who may do nothing is offered nothing. */
export function offersFor(operator: Operator, { recommended, code }: Diagnosis): Offers {
  const allowed = Object.values(acts).filter(({ leastRole }) => may(operator, leastRole));
  const helps = recommended && allowed.find(({ name }) => name === recommended.act);
  return {
    recommended:
      recommended && helps && code !== "nothing_wrong"
        ? { ...recommended, title: helps.title }
        : null,
    others: allowed
      .filter(({ name }) => !ofOneThing.includes(name) && name !== helps?.name)
      .map(({ name, title }) => ({ act: name, title })),
  };
}
