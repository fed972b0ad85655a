import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { Refused } from "../../../errors.ts";
import type { OpsEnv } from "../../access/authenticate.ts";
import { csrfField } from "../../access/csrf.ts";
import { requireRole } from "../../access/require-role.ts";
import type { Act, Plan } from "../../acts/act.ts";
import { acts, isActName, planOf } from "../../acts/acts.ts";
import { perform } from "../../acts/perform.ts";
import { OrderChanged } from "../../acts/stale-order.ts";
import type { PageParts } from "../../app.ts";
import { diagnose } from "../../diagnosis.ts";
import { collectFacts } from "../../facts/collect-facts.ts";
import type { OrderFacts } from "../../facts/facts.ts";
import { html } from "../html.ts";
import { empty } from "../parts/notice.ts";
import { fieldsOf, type Given, inputOf, prefix } from "./act-fields.ts";
import { type ActForm, actPage, type Seen } from "./act-page.ts";
import { performerOf } from "./performer.ts";

/** The forms of what operators do to an order: what it would do is shown before it is done. */
export function actForms(parts: PageParts): Hono<OpsEnv> {
  const pages = new Hono<OpsEnv>();
  pages.use("/:order/acts/*", requireRole("operator"));

  pages.get("/:order/acts/:act", async (c) => {
    const desk = await sitDown(c, parts);
    if (!desk) return nothingThere(c, parts);
    const { given, facts } = desk;
    const dryRun = await rehearse(c, parts, desk);
    return show(c, parts, desk, { ...dryRun, given, facts, reason: "" });
  });

  pages.post("/:order/acts/:act", async (c) => {
    const desk = await sitDown(c, parts);
    if (!desk) return nothingThere(c, parts);
    const { act, facts, form, given } = desk;
    const reason = form["reason"] ?? "";
    try {
      const answer = await perform(parts, performerOf(c.get("operator")), {
        ...{ act: act.name, order: facts.order.id, reason, dryRun: false },
        input: inputOf(given, facts.order.currency),
        idempotencyKey: form["key"] ?? "",
        ifMatch: Number(form["version"]),
      });
      const did = answer.kind === "done" ? `?did=${answer.actId}` : "";
      return c.redirect(`/ops/orders/${facts.order.id}${did}`, 303);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return answerRefusal(c, parts, desk, error, reason);
    }
  });
  return pages;
}

/** What lies on the table: the act, the order, and what was typed so far. */
type Desk = { act: Act; facts: OrderFacts; form: Record<string, string>; given: Given };

async function sitDown(c: Context, parts: PageParts): Promise<Desk | null> {
  const name = c.req.param("act") ?? "";
  if (!isActName(name)) return null;
  const order = c.req.param("order") ?? "";
  // What Stripe says belongs to how the order stands, where the act goes by that.
  const stripe = acts[name].asksStripe === true;
  const facts = await collectFacts(parts, order, { stripe, jobs: true });
  if (!facts) return null;
  const typed = c.req.method === "POST" ? await c.req.parseBody() : c.req.query();
  const form = Object.fromEntries(Object.entries(typed).map(([key, value]) => [key, `${value}`]));
  const given = Object.fromEntries(
    Object.entries(form)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
  return { act: acts[name], facts, form, given };
}

type DryRun = { plan: Plan | null; faults: Refused["faults"]; refusal?: string };

/** What it would do, as far as what was typed tells. */
async function rehearse(c: Context<OpsEnv>, parts: PageParts, desk: Desk): Promise<DryRun> {
  const { act, facts, given } = desk;
  try {
    const answer = await perform(parts, performerOf(c.get("operator")), {
      ...{ act: act.name, order: facts.order.id, reason: "", dryRun: true },
      input: inputOf(given, facts.order.currency),
      ...{ idempotencyKey: "", ifMatch: null },
    });
    return { plan: answer.kind === "planned" ? answer.plan : null, faults: [] };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.code !== "invalid_act") return { plan: null, faults: [], refusal: error.message };
    // Nothing was typed yet: it is too early to say what is missing.
    return { plan: null, faults: Object.keys(given).length === 0 ? [] : error.faults };
  }
}

async function answerRefusal(
  c: Context<OpsEnv>,
  parts: PageParts,
  desk: Desk,
  error: Refused,
  reason: string,
): Promise<Response> {
  const { form, given } = desk;
  const seen: Seen = {
    version: Number(form["version"]),
    status: form["seenStatus"] ?? "",
    sentence: form["seenSentence"] ?? "",
  };
  const facts = (await sitDown(c, parts))?.facts ?? desk.facts;
  const fresh = { ...desk, facts };
  const dryRun = await rehearse(c, parts, fresh);
  const isStale = error instanceof OrderChanged;
  const isFaulty = error.code === "invalid_act";
  return show(
    c,
    parts,
    fresh,
    {
      ...dryRun,
      ...{ given, facts, reason },
      faults: isFaulty ? error.faults : dryRun.faults,
      ...(isStale ? { conflict: { seen } } : {}),
      ...(isStale || isFaulty ? {} : { refusal: error.message }),
    },
    isStale ? 409 : 422,
  );
}

type Shown = DryRun & { given: Given; facts: OrderFacts; reason: string } & Pick<
    ActForm,
    "conflict"
  >;

function show(
  c: Context<OpsEnv>,
  parts: PageParts,
  { act }: Desk,
  { plan, faults, refusal, given, facts, reason, conflict }: Shown,
  status: 200 | 409 | 422 = 200,
): Promise<Response> {
  const faultAt = (field: string) => faults.find((fault) => fault.field === field)?.message;
  const { role } = c.get("operator");
  const fields = fieldsOf(act, { facts, given, role }).map((field) => {
    const fault = faultAt(`input.${field.name.slice(prefix.length)}`);
    return { ...field, fault };
  });
  const content = actPage({
    ...{ facts, act: act.name, title: act.title, summary: act.summary },
    ...{ fields, plan, reason, refusal, conflict },
    sentence: diagnose(facts, planOf).sentence,
    csrf: csrfField(c),
    idempotencyKey: randomUUID(),
    reasonFault: faultAt("reason"),
  });
  return parts.show(c, { title: `${act.title}: order ${facts.order.number}`, content }, status);
}

function nothingThere(c: Context<OpsEnv>, { show: answer }: PageParts): Promise<Response> {
  const content = html`<div class="panel">${empty(
    "There is no such order, or no such act.",
    html`<a href="/ops">To the problems</a>`,
  )}</div>`;
  return answer(c, { title: "Not found", content }, 404);
}
