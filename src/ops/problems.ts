import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import { diagnoses, diagnosisCodes } from "./diagnosis/codes.ts";
import { type Diagnosis, type DiagnosisCode, diagnose, type PlanOf } from "./diagnosis.ts";
import { collectMany } from "./facts/collect-facts.ts";
import type { OrderFact, OrderFacts } from "./facts/facts.ts";
import { cursorOf, findCandidates } from "./problems/candidates.ts";

export { type SystemProblem, systemProblems } from "./problems/system-problems.ts";

/** Which problems to show. */
export type ProblemQuery = {
  code?: DiagnosisCode | undefined;
  olderThanSeconds?: number | undefined;
  shopId?: string | undefined;
  /** So many orders are listed. */
  limit: number;
  /** The id of the last order that was looked at before: `next` of that answer. */
  after?: string | undefined;
};

/** An order that needs a person. */
export type Problem = Pick<
  OrderFact,
  "number" | "shopId" | "shopName" | "status" | "currency" | "totalMinor" | "placedAt" | "version"
> & { orderId: string; diagnosis: Diagnosis };

/** What the same is the matter with. */
export type ProblemGroup = {
  code: DiagnosisCode;
  title: string;
  severity: Diagnosis["severity"];
  count: number;
  /** What hangs on it, by currency, in minor units. */
  atStakeMinor: Record<string, number>;
  oldest: Date | null;
};

export type Problems = {
  groups: ProblemGroup[];
  problems: Problem[];
  /** More orders may need a person than were looked at: the counts are the least that there are. */
  isPartial: boolean;
  /** From where more orders are to be looked at; null when all of them were. */
  next: string | null;
};

export type ProblemMeans = {
  db: Db;
  settings: Pick<Settings, "HOLD_MAX_MINUTES">;
  planOf: PlanOf;
};

/** So many orders are looked at for one answer. */
const mostOrders = 500;

/**
 * The orders that need a person, the most serious first, and the same in groups. At most so many
 * orders are looked at: where there are more, the answer says from where to go on.
 */
export async function listProblems(means: ProblemMeans, query: ProblemQuery): Promise<Problems> {
  const after = query.after ?? null;
  const found = await findCandidates(means.db, { limit: mostOrders + 1, after });
  const looked = found.slice(0, mostOrders);
  const last = looked.at(-1);
  const facts = await collectMany(
    means,
    looked.map(({ id }) => id),
  );
  const all = problemsAmong(facts, means.planOf).toSorted(bySeriousness);
  const next = found.length > mostOrders && last ? cursorOf(last) : null;
  const isPartial = next !== null || after !== null;
  return { ...narrow(all, facts[0]?.now ?? new Date(), query), isPartial, next };
}

/** Those of these orders that need a person, whatever the list would show. */
export async function problemsOf(means: ProblemMeans, orderIds: readonly string[]) {
  const pages = Array.from({ length: Math.ceil(orderIds.length / mostOrders) }, (_, page) =>
    orderIds.slice(page * mostOrders, (page + 1) * mostOrders),
  );
  const problems: Problem[] = [];
  for (const page of pages) {
    problems.push(...problemsAmong(await collectMany(means, page), means.planOf));
  }
  return problems;
}

function problemsAmong(facts: readonly OrderFacts[], planOf: PlanOf): Problem[] {
  return facts
    .map((each) => problemOf(each, planOf))
    .filter(({ diagnosis }) => diagnosis.severity === "problem");
}

/** Of problems that were read, those that are meant. Groups are told whatever code is wished. */
export function narrow(
  all: readonly Problem[],
  now: Date,
  query: Omit<ProblemQuery, "after">,
): Pick<Problems, "groups" | "problems"> {
  const problems = all.filter((problem) => isMeant(problem, now, query));
  const listed = problems.filter(
    ({ diagnosis }) => (query.code ?? diagnosis.code) === diagnosis.code,
  );
  return { groups: groupsOf(problems), problems: listed.slice(0, query.limit) };
}

function problemOf(facts: OrderFacts, planOf: PlanOf): Problem {
  const { id: orderId, number, shopId, shopName, status, currency, ...rest } = facts.order;
  const { totalMinor, placedAt, version } = rest;
  const diagnosis = diagnose(facts, planOf);
  return {
    ...{ orderId, number, shopId, shopName, status, currency, totalMinor, placedAt, version },
    diagnosis,
  };
}

function isMeant(
  { diagnosis, shopId }: Problem,
  now: Date,
  query: Omit<ProblemQuery, "after">,
): boolean {
  const age = diagnosis.since ? (now.getTime() - diagnosis.since.getTime()) / 1_000 : 0;
  return (
    (query.shopId === undefined || query.shopId === shopId) && age >= (query.olderThanSeconds ?? 0)
  );
}

function bySeriousness(one: Problem, other: Problem): number {
  const place = ({ diagnosis }: Problem) => diagnosisCodes.indexOf(diagnosis.code);
  const time = ({ diagnosis }: Problem) => diagnosis.since?.getTime() ?? 0;
  return place(one) - place(other) || time(one) - time(other);
}

function groupsOf(problems: readonly Problem[]): ProblemGroup[] {
  const groups = Map.groupBy(problems, ({ diagnosis }) => diagnosis.code);
  return [...groups].map(([code, those]) => ({
    code,
    title: diagnoses[code].title,
    severity: "problem",
    count: those.length,
    atStakeMinor: sumsOf(those),
    oldest: oldestOf(those),
  }));
}

function sumsOf(problems: readonly Problem[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { currency, diagnosis } of problems) {
    if (diagnosis.atStakeMinor === 0) continue;
    sums[currency] = (sums[currency] ?? 0) + diagnosis.atStakeMinor;
  }
  return sums;
}

function oldestOf(problems: readonly Problem[]): Date | null {
  const times = problems.flatMap(({ diagnosis }) => diagnosis.since?.getTime() ?? []);
  return times.length > 0 ? new Date(Math.min(...times)) : null;
}
