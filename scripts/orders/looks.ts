import { Refused } from "../../src/errors.ts";
import type { ActMeans } from "../../src/ops/acts/act.ts";
import { planOf } from "../../src/ops/acts/acts.ts";
import { type DiagnosisCode, diagnose, diagnosisCodes } from "../../src/ops/diagnosis.ts";
import { collectFacts, collectMany } from "../../src/ops/facts/collect-facts.ts";
import { listProblems, systemProblems } from "../../src/ops/problems.ts";
import { readAge } from "../../src/ops/read-age.ts";
import { recentOrders } from "../../src/ops/recent-orders.ts";
import { search } from "../../src/ops/search.ts";
import { type OrderStatus, orderStatuses } from "../../src/orders/lifecycle.ts";
import { exitCodes } from "./exit-codes.ts";
import { money } from "./money.ts";
import { showOrder } from "./show.ts";
import { age, moment, table } from "./table.ts";
import { line, numberOf, type Wishes } from "./wishes.ts";

/** What a command has to say, for people and for programs, and how it ends. */
export type Said = { json: unknown; lines: string[]; exitCode: number };

const mostListed = 200;

/** The commands that only look. */
export const looks: Record<string, (means: ActMeans, wishes: Wishes) => Promise<Said>> = {
  list,
  show,
  problems,
  search: searchAll,
};

async function list(means: ActMeans, { values }: Wishes): Promise<Said> {
  const limit = numberOf("--limit", values.limit) ?? 20;
  if (limit < 1 || limit > mostListed) throw line.misuse(`--limit is from 1 to ${mostListed}.`);
  const status = statusNamed(values.status);
  const all = await collectMany(means, await recentOrders(means.db, { status, limit }));
  const rows = all.map((facts) => ({ facts, diagnosis: diagnose(facts, planOf) }));
  const lines = table(
    ["ORDER", "STATUS", "TOTAL", "PLACED (UTC)", "WHAT IS THE MATTER"],
    rows.map(({ facts: { order }, diagnosis }) => [
      ...[order.number, order.status, money(order.totalMinor, order.currency)],
      ...[moment(order.placedAt), diagnosis.sentence],
    ]),
    [2],
  );
  const json = rows.map(({ facts: { order }, diagnosis }) => {
    const { contact: _, ...known } = order;
    return { ...known, diagnosis };
  });
  return { json, lines: rows.length > 0 ? lines : ["There is no order."], exitCode: 0 };
}

async function show(means: ActMeans, { rest }: Wishes): Promise<Said> {
  const [name, ...more] = rest;
  if (name === undefined || more.length > 0) throw line.misuse("show needs one order.");
  const facts = await collectFacts(means, name, { stripe: true, jobs: true });
  if (!facts) throw new Refused("order_not_found", `There is no order ${name}.`);
  const { contact: _, ...order } = facts.order;
  const json = { ...facts, order, diagnosis: diagnose(facts, planOf) };
  return { json: withoutSecrets(json), lines: showOrder(facts), exitCode: exitCodes.done };
}

async function problems(means: ActMeans, { values }: Wishes): Promise<Said> {
  const { code, "older-than": olderThan } = values;
  const query = {
    code: codeNamed(code),
    olderThanSeconds: olderThan === undefined ? undefined : secondsOf(olderThan),
    limit: mostListed,
  };
  const { problems: found, isPartial, next } = await listProblems({ ...means, planOf }, query);
  const system = await systemProblems(means);
  const now = new Date();
  const rows = found.map(({ number, status, currency, diagnosis }) => [
    ...[number, status, age(diagnosis.since, now), money(diagnosis.atStakeMinor, currency)],
    ...[diagnosis.recommended?.act ?? "-", `${diagnosis.code}: ${diagnosis.sentence}`],
  ]);
  const heads = ["ORDER", "STATUS", "SINCE", "AT STAKE", "DO", "WHAT IS THE MATTER"];
  const isQuiet = rows.length === 0 && system.length === 0;
  const lines = [
    ...(rows.length > 0 ? table(heads, rows, [2, 3]) : ["No order needs a person."]),
    ...system.map((each) => `Aurora itself: ${each.title}. ${each.sentence}`),
    ...(next === null ? [] : ["There may be more: these are the first."]),
  ];
  const json = { problems: found, isPartial, system, nextCursor: next };
  return { json, lines, exitCode: isQuiet ? exitCodes.done : exitCodes.problems };
}

async function searchAll(means: ActMeans, { rest }: Wishes): Promise<Said> {
  const found = await search(means, { role: "admin" }, rest.join(" "));
  const rows = found.hits.map((hit) => {
    if (hit.kind === "product") return ["product", hit.sku, "", "", hit.what];
    if (hit.kind === "event") return ["event", hit.eventId, "", "", hit.what];
    const { number, status, totalMinor, currency, what } = hit;
    return ["order", number, status, money(totalMinor, currency), what];
  });
  const lines = table(["KIND", "WHICH", "STATUS", "TOTAL", "FOUND BY"], rows, [3]);
  const exitCode = rows.length > 0 ? exitCodes.done : exitCodes.notFound;
  return {
    json: found,
    lines: rows.length > 0 ? lines : [found.hint ?? "Nothing fits."],
    exitCode,
  };
}

function statusNamed(name: string | undefined): OrderStatus | null {
  if (name === undefined) return null;
  const status = orderStatuses.find((known) => known === name);
  if (status) return status;
  throw line.misuse(`--status is one of ${orderStatuses.join(", ")}.`);
}

function codeNamed(name: string | undefined): DiagnosisCode | undefined {
  if (name === undefined) return undefined;
  const code = diagnosisCodes.find((known) => known === name);
  if (code) return code;
  throw line.misuse(`--code is one of ${diagnosisCodes.join(", ")}.`);
}

function secondsOf(text: string): number {
  const seconds = readAge(text);
  if (seconds !== null) return seconds;
  throw line.misuse("--older-than is an age, such as 90s, 15m, 2h or 1d.");
}

/** With an intent's secret somebody could pay. */
function withoutSecrets(json: object): unknown {
  return JSON.parse(JSON.stringify(json, (key, value) => (key === "clientSecret" ? null : value)));
}
