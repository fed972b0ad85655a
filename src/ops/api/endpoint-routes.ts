import { Hono } from "hono";
import { z } from "zod";
import { Refused } from "../../errors.ts";
import { listDeliveries } from "../../webhooks/list-deliveries.ts";
import { seenBy } from "../access/mask.ts";
import type { ActMeans } from "../acts/act.ts";
import { endpointActs, isEndpointActName } from "../endpoints/endpoint-acts.ts";
import { performOnEndpoint } from "../endpoints/perform-on-endpoint.ts";
import { endpointSeenBy, readEndpoints } from "../endpoints/read-endpoints.ts";
import type { OpsApiEnv } from "./answer-error.ts";
import { readActBody, readVersion } from "./read-request.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Of an endpoint's log so many lines are told: its shop reads all of it by /v1. */
const latest = 50;

/** The other systems that are told of orders, and what is done about them, for programs. */
export function endpointRoutes(means: ActMeans): Hono<OpsApiEnv> {
  const routes = new Hono<OpsApiEnv>();

  routes.get("/webhook-endpoints", async (c) => {
    const found = await readEndpoints(means.db);
    const endpoints = found.map((endpoint) => endpointSeenBy(c.get("operator"), endpoint));
    return c.json({ endpoints, acts: catalogue() });
  });

  routes.get("/webhook-endpoints/:endpoint", async (c) => {
    const id = idIn(c.req.param("endpoint"));
    const [endpoint] = await readEndpoints(means.db, id);
    if (!endpoint) throw notFound();
    const deliveries = await listDeliveries(means.db, { endpointId: id, limit: latest });
    c.header("ETag", `"${endpoint.version}"`);
    const operator = c.get("operator");
    return c.json({
      endpoint: endpointSeenBy(operator, endpoint),
      deliveries: seenBy(operator, deliveries),
    });
  });

  routes.post("/webhook-endpoints/:endpoint/acts/:act", async (c) => {
    const act = c.req.param("act");
    if (!isEndpointActName(act)) {
      const known = Object.keys(endpointActs).join(", ");
      throw new Refused("act_not_found", `There is no act ${act}. There are: ${known}.`);
    }
    const { name, role } = c.get("operator");
    const body = await readActBody(c);
    const answer = await performOnEndpoint(
      means,
      { actor: `ops:${name}`, role },
      {
        ...{ act, endpointId: idIn(c.req.param("endpoint")), ...body, input: body.input },
        ifMatch: readVersion(c.req.header("if-match")),
        idempotencyKey: c.req.header("idempotency-key") ?? "",
      },
    );
    c.header("ETag", `"${answer.endpoint.version}"`);
    if (answer.kind === "done" && answer.replayed) c.header("Idempotent-Replayed", "true");
    const { kind, ...rest } = answer;
    return c.json({ dryRun: kind === "planned", ...rest });
  });
  return routes;
}

/** Every act with its input as JSON Schema, for programs that offer them. */
function catalogue() {
  return Object.values(endpointActs).map(({ name, title, summary, leastRole, input }) => ({
    ...{ name, title, summary, role: leastRole },
    input: z.toJSONSchema(input, { io: "input" }),
  }));
}

function idIn(text: string): string {
  if (uuid.test(text)) return text;
  throw notFound();
}

function notFound(): Refused {
  return new Refused("endpoint_not_found", "There is no such webhook endpoint. Check its id.");
}
