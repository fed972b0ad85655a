import { Hono } from "hono";
import type { Contact } from "../../notifications/contacts.ts";
import { contactFor, seenBy } from "../access/mask.ts";
import type { Operator } from "../access/roles.ts";
import type { ActMeans } from "../acts/act.ts";
import { planOf } from "../acts/acts.ts";
import { compareRecords } from "../acts/compare-records.ts";
import { stateOf } from "../acts/order-state.ts";
import { offeredStatuses } from "../acts/set-status.ts";
import { orderNotFound } from "../acts/stale-order.ts";
import { diagnose, diagnoses } from "../diagnosis.ts";
import { collectFacts } from "../facts/collect-facts.ts";
import type { OrderFacts } from "../facts/facts.ts";
import type { OpsApiEnv } from "./answer-error.ts";

/** One order, for programs: what is the matter with it, and all that is known of it. */
export function orderRoutes(means: ActMeans): Hono<OpsApiEnv> {
  const routes = new Hono<OpsApiEnv>();
  const read = async (order: string, wishes: { stripe: boolean; jobs: boolean }) => {
    const facts = await collectFacts(means, order, wishes);
    if (facts) return facts;
    throw orderNotFound();
  };

  routes.get("/orders/:order/diagnosis", async (c) => {
    const known = await read(c.req.param("order"), { stripe: true, jobs: true });
    const operator = c.get("operator");
    const facts = seenBy(operator, known);
    const { stripe, jobs } = facts;
    c.header("ETag", `"${facts.order.version}"`);
    return c.json({
      order: summaryOf(facts),
      contact: personOf(means, operator, facts),
      diagnosis: diagnosisOf(facts),
      stripe: stripe.state === "unreachable" ? stripe : { state: stripe.state },
      records: compareRecords(facts),
      jobs,
      asked: { stripe: stripe.state !== "not_asked", queues: jobs !== null },
      statuses: offeredStatuses(facts),
    });
  });

  routes.get("/orders/:order", async (c) => {
    const wishes = { stripe: c.req.query("stripe") === "true", jobs: true };
    const facts = await read(c.req.param("order"), wishes);
    const operator = c.get("operator");
    const { order, ...rest } = seenBy(operator, facts);
    const { contact: _, ...known } = order;
    c.header("ETag", `"${known.version}"`);
    return c.json({
      order: known,
      contact: personOf(means, operator, facts),
      ...withoutSecrets(rest),
    });
  });
  return routes;
}

function summaryOf(facts: OrderFacts) {
  const { shopName, currency, totalMinor, capturedMinor, refundedMinor, placedAt, expiresAt } =
    facts.order;
  const money = { currency, totalMinor, capturedMinor, refundedMinor };
  return { ...stateOf(facts), shopName, ...money, placedAt, expiresAt };
}

function diagnosisOf(facts: OrderFacts) {
  const diagnosis = diagnose(facts, planOf);
  return { ...diagnosis, title: diagnoses[diagnosis.code].title };
}

function personOf(
  { contacts }: Pick<ActMeans, "contacts">,
  operator: Operator,
  { order }: OrderFacts,
): Contact | null {
  return contactFor(operator, order.contact && contacts.open(order.contact));
}

/** With an intent's secret somebody could pay: it is nobody's but the customer's. */
function withoutSecrets<Rest extends Pick<OrderFacts, "stripe">>({ stripe, ...rest }: Rest) {
  if (stripe.state !== "answered") return { ...rest, stripe };
  const intents = stripe.intents.map(({ paymentId, intent }) => ({
    paymentId,
    intent: intent === "missing" ? intent : { ...intent, clientSecret: undefined },
  }));
  return { ...rest, stripe: { ...stripe, intents } };
}
