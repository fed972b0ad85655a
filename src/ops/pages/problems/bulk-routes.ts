import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { z } from "zod";
import { orderNumber } from "../../../orders/ids.ts";
import type { OpsEnv } from "../../access/authenticate.ts";
import { csrfField } from "../../access/csrf.ts";
import { requireRole } from "../../access/require-role.ts";
import { actNames } from "../../acts/act.ts";
import { acts, planOf } from "../../acts/acts.ts";
import { type BulkRow, performMany } from "../../acts/perform-many.ts";
import type { PageParts } from "../../app.ts";
import { type DiagnosisCode, diagnoses, diagnosisCodes } from "../../diagnosis.ts";
import { listProblems, type Problem, problemsOf } from "../../problems.ts";
import { performerOf } from "../acts/performer.ts";
import { type BulkPlan, type BulkResult, bulkPage, bulkResultPage } from "./bulk-page.ts";
import { mostListed } from "./problems-now.ts";

/** Each may ask Stripe: more would make people wait too long for one page. */
const mostAtOnce = 50;
const shortestReason = 3;

/** What is handed from the dry run to the deed: just what was seen is done. */
const itemShape = z.object({
  orderId: z.uuid(),
  number: z.string(),
  version: z.int(),
  act: z.enum(actNames),
  input: z.record(z.string(), z.unknown()),
});
type Item = z.output<typeof itemShape>;

/** What helps, done to many orders of a group at once. */
export function bulkPages(parts: PageParts): Hono<OpsEnv> {
  const pages = new Hono<OpsEnv>();

  pages.get("/bulk", requireRole("operator"), async (c) => {
    const code = codeOf(c.req.query("code"));
    if (!code) return c.redirect("/ops", 303);
    const { chosen, gone } = await choose(parts, code, idsIn(c));
    const now = chosen.slice(0, mostAtOnce);
    const left = chosen.length - now.length;
    return form(c, parts, { code, left, plans: [...(await rehearse(c, parts, now)), ...gone] });
  });

  pages.post("/bulk", requireRole("operator"), async (c) => {
    const body = await c.req.parseBody({ all: true });
    const code = codeOf(body["code"]);
    const items = readItems(body["item"]);
    if (!code || items.length === 0) return c.redirect("/ops", 303);
    const reason = String(body["reason"] ?? "").trim();
    if (reason.length < shortestReason) {
      const plans = items.map((item) => planView(item, null));
      const reasonFault = `Say why, in at least ${shortestReason} characters.`;
      const key = String(body["key"] ?? "");
      return form(c, parts, { code, left: 0, plans, reasonFault, key }, 422);
    }
    const results = await doAll(c, parts, items, { reason, key: String(body["key"] ?? "") });
    const content = bulkResultPage(diagnoses[code].title, results);
    return parts.show(c, { title: diagnoses[code].title, current: "problems", content });
  });
  return pages;
}

function codeOf(given: unknown): DiagnosisCode | null {
  return diagnosisCodes.find((code) => code === given) ?? null;
}

/** Those that were ticked, or else all that the form showed: no others are meant. */
function idsIn(c: Context): readonly string[] {
  return c.req.queries("order") ?? c.req.queries("shown") ?? [];
}

/** What is left of the group of those that were meant, and a line for each that left it. */
async function choose(parts: PageParts, code: DiagnosisCode, given: readonly string[]) {
  const means = { ...parts, planOf };
  const ids = new Set(given.filter((id) => z.uuid().safeParse(id).success));
  if (ids.size === 0) {
    const { problems } = await listProblems(means, { code, limit: mostListed });
    return { chosen: problems, gone: [] };
  }
  // The list looks at so many orders at once: these may stand behind them.
  const named = await problemsOf(means, [...ids]);
  const chosen = named.filter(({ diagnosis }) => diagnosis.code === code);
  for (const { orderId } of chosen) ids.delete(orderId);
  const says = ["It is not in this group any more: nothing will be done."];
  const gone = [...ids].map((orderId) => lookOnly(orderId, orderNumber(orderId), says));
  return { chosen, gone };
}

/** One that nothing is done to, and why. */
function lookOnly(orderId: string, number: string, says: string[]): BulkPlan {
  return { orderId, number, act: null, says, isPossible: false, item: "" };
}

function itemOf({ orderId, number, version, diagnosis }: Problem): Item | null {
  const { recommended } = diagnosis;
  return (
    recommended && { orderId, number, version, act: recommended.act, input: recommended.input }
  );
}

async function rehearse(
  c: Context<OpsEnv>,
  parts: PageParts,
  problems: readonly Problem[],
): Promise<BulkPlan[]> {
  const items = problems.flatMap((problem) => itemOf(problem) ?? []);
  const rows = await performAll(c, parts, items, { reason: "", key: randomUUID(), dryRun: true });
  return problems.map((problem) => {
    const item = itemOf(problem);
    if (item) return planView(item, rows.get(item.orderId) ?? null);
    const { orderId, number } = problem;
    return lookOnly(orderId, number, ["No act is known that helps: look at it."]);
  });
}

function planView(item: Item, row: BulkRow | null): BulkPlan {
  const { orderId, number, act } = item;
  return {
    ...{ orderId, number, act: acts[act].title },
    says: row ? [row.sentence] : ["As it was shown before."],
    isPossible: row === null || row.result === "possible",
    item: JSON.stringify(item),
  };
}

function readItems(given: unknown): Item[] {
  const texts = Array.isArray(given) ? given : [given];
  return texts.slice(0, mostAtOnce).flatMap((text) => {
    try {
      return [itemShape.parse(JSON.parse(String(text)))];
    } catch {
      return []; // Not of our form.
    }
  });
}

type Wish = { reason: string; key: string; dryRun: boolean };

/** The same act with the same input is one request; a group may need several. */
async function performAll(
  c: Context<OpsEnv>,
  parts: PageParts,
  items: readonly Item[],
  { reason, key, dryRun }: Wish,
): Promise<Map<string, BulkRow>> {
  const alike = Map.groupBy(items, ({ act, input }) => JSON.stringify([act, input]));
  const performer = performerOf(c.get("operator"));
  const answers = [...alike.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const orders = [first, ...others].map(({ orderId: id, version }) => ({ id, version }));
    const { act, input } = first;
    const request = { act, orders, input, reason, idempotencyKey: key, dryRun };
    return [performMany(parts, performer, request)];
  });
  const rows = (await Promise.all(answers)).flat();
  return new Map(rows.map((row) => [row.orderId, row]));
}

const outcomes: Record<BulkRow["result"], BulkResult["outcome"]> = {
  done: "done",
  possible: "done",
  refused: "refused",
  failed: "refused",
  changed: "changed",
};

async function doAll(
  c: Context<OpsEnv>,
  parts: PageParts,
  items: readonly Item[],
  wish: Omit<Wish, "dryRun">,
): Promise<BulkResult[]> {
  const rows = await performAll(c, parts, items, { ...wish, dryRun: false });
  return items.flatMap(({ orderId, number }) => {
    const row = rows.get(orderId);
    return row ? [{ orderId, number, outcome: outcomes[row.result], says: row.sentence }] : [];
  });
}

function form(
  c: Context<OpsEnv>,
  parts: PageParts,
  about: {
    code: DiagnosisCode;
    left: number;
    plans: BulkPlan[];
    reasonFault?: string;
    key?: string;
  },
  status: 200 | 422 = 200,
): Promise<Response> {
  const { title } = diagnoses[about.code];
  const content = bulkPage({ key: randomUUID(), ...about, title, csrf: csrfField(c) });
  return parts.show(c, { title, current: "problems", content }, status);
}
