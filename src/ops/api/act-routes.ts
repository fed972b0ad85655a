import { type Context, Hono } from "hono";
import { Refused } from "../../errors.ts";
import type { Role } from "../access/roles.ts";
import type { ActMeans, ActName } from "../acts/act.ts";
import type { Performer } from "../acts/act-request.ts";
import { acts, isActName } from "../acts/acts.ts";
import { type ActAnswer, perform } from "../acts/perform.ts";
import { mostOrders, performMany } from "../acts/perform-many.ts";
import { type LooseAct, looseActs, performWithoutOrder } from "../acts/perform-without-order.ts";
import { settableStatuses } from "../acts/set-status.ts";
import { shapeOfInput } from "../acts/shape-of-input.ts";
import type { OpsApiEnv } from "./answer-error.ts";
import { readActBody, readBulkBody, readVersion } from "./read-request.ts";

/** What operators do, over HTTP: the same acts as the pages' and the command line's. */
export function actRoutes(means: ActMeans): Hono<OpsApiEnv> {
  const routes = new Hono<OpsApiEnv>();

  routes.get("/acts", (c) => c.json({ acts: catalogue(c.get("operator").role), mostOrders }));

  routes.post("/orders/:order/acts/:act", async (c) => {
    const act = actNamed(c.req.param("act"));
    const { input, reason, dryRun } = await readActBody(c);
    const ifMatch = readVersion(c.req.header("if-match"));
    const done = await perform(means, performerOf(c), {
      ...{ act, order: c.req.param("order"), input, reason, dryRun, ifMatch },
      idempotencyKey: c.req.header("idempotency-key") ?? "",
    });
    return answerAct(c, done);
  });

  routes.post("/acts/:act", async (c) => {
    const act = actNamed(c.req.param("act"));
    const request = { act, idempotencyKey: c.req.header("idempotency-key") ?? "" };
    if (isLooseAct(act) && !(await namesOrders(c))) {
      const { input, ...rest } = await readActBody(c);
      const ifMatch = readVersion(c.req.header("if-match"));
      const loose = { ...request, ...rest, act, input, ifMatch };
      return answerAct(c, await performWithoutOrder(means, performerOf(c), loose));
    }
    const { orders, input, reason, dryRun } = await readBulkBody(c);
    const bulk = { ...request, orders, input, reason, dryRun };
    return c.json({ results: await performMany(means, performerOf(c), bulk) });
  });
  return routes;
}

function answerAct(c: Context<OpsApiEnv>, done: ActAnswer): Response {
  if (done.order) c.header("ETag", `"${done.order.version}"`);
  if (done.kind === "done" && done.replayed) c.header("Idempotent-Replayed", "true");
  const { kind, ...rest } = done;
  return c.json({ dryRun: kind === "planned", ...rest });
}

/** How the operator stands in the audit. */
function performerOf(c: Context<OpsApiEnv>): Performer {
  const { name, role } = c.get("operator");
  return { actor: `ops:${name}`, role };
}

function actNamed(name: string): ActName {
  if (isActName(name)) return name;
  const known = Object.keys(acts).join(", ");
  throw new Refused("act_not_found", `There is no act ${name}. There are: ${known}.`);
}

function isLooseAct(act: ActName): act is LooseAct {
  return looseActs.some((loose) => loose === act);
}

async function namesOrders(c: Context<OpsApiEnv>): Promise<boolean> {
  const body: unknown = await c.req.json().catch(() => null);
  return typeof body === "object" && body !== null && "orders" in body;
}

/** Every act with its least role and its input as JSON Schema, for programs that offer them. */
function catalogue(role: Role) {
  return Object.values(acts).map((act) => ({
    ...{ name: act.name, title: act.title, summary: act.summary, role: act.leastRole },
    ...(act.name === "set_status" && {
      roles: Object.fromEntries(settableStatuses.map((to) => [to, acts.set_status.role({ to })])),
    }),
    asksStripe: act.asksStripe === true,
    withoutOrder: isLooseAct(act.name),
    input: shapeOfInput(act, role),
  }));
}
