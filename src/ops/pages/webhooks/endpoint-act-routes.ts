import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { type FieldFault, Refused } from "../../../errors.ts";
import type { OpsEnv } from "../../access/authenticate.ts";
import { csrfField } from "../../access/csrf.ts";
import { requireRole } from "../../access/require-role.ts";
import type { Plan } from "../../acts/act.ts";
import type { PageParts } from "../../app.ts";
import {
  type EndpointAct,
  endpointActs,
  isEndpointActName,
  usualRange,
} from "../../endpoints/endpoint-acts.ts";
import { performOnEndpoint } from "../../endpoints/perform-on-endpoint.ts";
import { type EndpointState, readEndpoints } from "../../endpoints/read-endpoints.ts";
import type { Field } from "../acts/fields.ts";
import { performerOf } from "../acts/performer.ts";
import { endpointActPage } from "./endpoint-act-page.ts";
import { nothingThere, outHome } from "./out-page.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Inputs bear this in forms: `reason` is what every act has. */
const prefix = "in.";

/** The forms of what operators do to an endpoint: what it would do is shown before it is done. */
export function endpointActForms(parts: PageParts): Hono<OpsEnv> {
  const pages = new Hono<OpsEnv>();
  pages.use("/:endpoint/acts/*", requireRole("operator"));

  pages.get("/:endpoint/acts/:act", async (c) => {
    const desk = await sitDown(c, parts);
    if (!desk) return nothingThere(c, parts.show);
    return show(c, parts, desk, { ...(await rehearse(c, parts, desk)), reason: "" });
  });

  pages.post("/:endpoint/acts/:act", async (c) => {
    const desk = await sitDown(c, parts);
    if (!desk) return nothingThere(c, parts.show);
    const { act, endpoint, form, input } = desk;
    const reason = form["reason"] ?? "";
    try {
      const answer = await performOnEndpoint(parts, performerOf(c.get("operator")), {
        ...{ act: act.name, endpointId: endpoint.id, input, reason, dryRun: false },
        idempotencyKey: form["key"] ?? "",
        ifMatch: Number(form["version"]),
      });
      const did = answer.kind === "done" ? `?did=${answer.actId}` : "";
      return c.redirect(`${outHome}/${endpoint.id}${did}`, 303);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const fresh = (await sitDown(c, parts)) ?? desk;
      const { plan, faults } = await rehearse(c, parts, fresh);
      const isFaulty = error.code === "invalid_act";
      const said = isFaulty
        ? { plan, faults: error.faults, reason }
        : { plan, faults, reason, refusal: error.message };
      return show(c, parts, fresh, said, error.code === "endpoint_changed" ? 409 : 422);
    }
  });
  return pages;
}

/** What lies on the table: the act, the endpoint, and what was typed so far. */
type Desk = {
  act: EndpointAct;
  endpoint: EndpointState;
  form: Record<string, string>;
  input: Record<string, unknown>;
};

async function sitDown(c: Context, { db }: PageParts): Promise<Desk | null> {
  const name = c.req.param("act") ?? "";
  const id = c.req.param("endpoint") ?? "";
  if (!isEndpointActName(name) || !uuid.test(id)) return null;
  const [endpoint] = await readEndpoints(db, id);
  if (!endpoint) return null;
  const typed = c.req.method === "POST" ? await c.req.parseBody() : c.req.query();
  const form = Object.fromEntries(Object.entries(typed).map(([key, value]) => [key, `${value}`]));
  const given = Object.entries(form).filter(([key, value]) => {
    return key.startsWith(prefix) && value.trim() !== "";
  });
  const input = Object.fromEntries(given.map(([key, value]) => [key.slice(prefix.length), value]));
  const usual = name === "replay_events" ? usualRange(endpoint, new Date()) : {};
  return { act: endpointActs[name], endpoint, form, input: { ...usual, ...input } };
}

type Rehearsal = { plan: Plan | null; faults: readonly FieldFault[] };

/** What it would do, as far as what was typed tells. */
async function rehearse(c: Context<OpsEnv>, parts: PageParts, desk: Desk): Promise<Rehearsal> {
  const { act, endpoint, input } = desk;
  try {
    const answer = await performOnEndpoint(parts, performerOf(c.get("operator")), {
      ...{ act: act.name, endpointId: endpoint.id, input, reason: "", dryRun: true },
      ...{ idempotencyKey: "", ifMatch: null },
    });
    return { plan: answer.kind === "planned" ? answer.plan : null, faults: [] };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { plan: null, faults: error.faults };
  }
}

function show(
  c: Context<OpsEnv>,
  parts: PageParts,
  { act, endpoint, input }: Desk,
  said: Rehearsal & { reason: string; refusal?: string },
  status: 200 | 409 | 422 = 200,
): Promise<Response> {
  const faultAt = (field: string) => said.faults.find((fault) => fault.field === field)?.message;
  const content = endpointActPage({
    ...{ now: new Date(), act, endpoint, plan: said.plan, reason: said.reason },
    fields: fieldsOf(act, input, faultAt),
    csrf: csrfField(c),
    idempotencyKey: randomUUID(),
    refusal: said.refusal,
    reasonFault: faultAt("reason"),
  });
  return parts.show(c, { title: act.title, current: "webhooks", content }, status);
}

function fieldsOf(
  { name }: EndpointAct,
  input: Record<string, unknown>,
  faultAt: (field: string) => string | undefined,
): Field[] {
  if (name !== "replay_events") return [];
  const hint = "A time in UTC, such as 2026-11-23T08:00:00Z.";
  return [
    { key: "after", label: "What happened after" },
    { key: "before", label: "and up to" },
  ].map(({ key, label }) => ({
    ...{ name: prefix + key, label, kind: "text", hint, required: true },
    value: String(input[key] ?? ""),
    fault: faultAt(`input.${key}`),
  }));
}
