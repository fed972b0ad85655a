import { type Context, Hono } from "hono";
import type { OpsEnv } from "../../access/authenticate.ts";
import { seenBy } from "../../access/mask.ts";
import { may } from "../../access/roles.ts";
import { acts } from "../../acts/acts.ts";
import type { PageParts } from "../../app.ts";
import { diagnoses, diagnosisCodes } from "../../diagnosis.ts";
import { narrow, type Problem, type ProblemGroup } from "../../problems.ts";
import { performerOf } from "../acts/performer.ts";
import type { Filter } from "./filters.ts";
import { hasJustActed } from "./just-acted.ts";
import { mendedToday } from "./mended.ts";
import { mostListed, seenIn } from "./problems-now.ts";
import { type ProblemGroup as GroupView, type ProblemRow, problemsPage } from "./problems-page.ts";

/** Of each group the oldest are shown; chosen by the filter, as many as one go of acts takes. */
const mostInGroup = 8;
const mostInChosenGroup = 50;

/** The inbox. */
export function problemPages(parts: PageParts): Hono<OpsEnv> {
  const pages = new Hono<OpsEnv>();
  pages.get("/", async (c) => {
    const operator = c.get("operator");
    // What a change by others is told of a little later, one's own is expected to be there.
    const hasActed = await hasJustActed(parts.db, performerOf(operator).actor);
    const read = hasActed ? await parts.problems.fresh() : await parts.problems.shared();
    const { problems: all, isPartial, system, now } = read;
    // What is watched and what is shown here is the same answer: no change falls between.
    const live = { watch: "problems", seen: seenIn(read) };
    const mended = await mendedToday(parts.db);
    const filter = filterOf(c);
    const olderThanSeconds = filter.olderThanMinutes ? filter.olderThanMinutes * 60 : undefined;
    const { groups, problems } = narrow(all, now, { limit: mostListed, olderThanSeconds });
    const mayAct = may(operator, "operator");
    const seen = seenBy(operator, problems);
    const shown = groups.filter(({ code }) => filter.code === null || filter.code === code);
    const content = problemsPage({
      now,
      groups: shown.map((group) => groupView(group, seen, filter)),
      choices: groups,
      system: seenBy(operator, system).map(({ title, sentence }) => ({ title, sentence })),
      mendedToday: mended,
      isPartial,
      filter,
      mayAct,
    });
    return parts.show(c, { title: "Problems", current: "problems", live, content });
  });
  return pages;
}

function filterOf(c: Context): Filter {
  const code = diagnosisCodes.find((known) => known === c.req.query("code")) ?? null;
  const minutes = Number(c.req.query("age") ?? "");
  return { code, olderThanMinutes: Number.isInteger(minutes) && minutes > 0 ? minutes : null };
}

function groupView(group: ProblemGroup, problems: readonly Problem[], filter: Filter): GroupView {
  const { code, title, count, oldest, atStakeMinor } = group;
  const most = filter.code === code ? mostInChosenGroup : mostInGroup;
  return {
    ...{ code, title, count, oldest },
    help: diagnoses[code].handbook,
    atStake: Object.entries(atStakeMinor).map(([currency, amountMinor]) => ({
      currency,
      amountMinor,
    })),
    rows: problems
      .filter(({ diagnosis }) => diagnosis.code === code)
      .slice(0, most)
      .map(rowOf),
  };
}

function rowOf({ orderId, number, currency, diagnosis }: Problem): ProblemRow {
  const { sentence, since, atStakeMinor, also, recommended } = diagnosis;
  return {
    ...{ orderId, number, currency, sentence, since, atStakeMinor },
    also: also.map(({ code }) => diagnoses[code].title),
    recommended: recommended && { ...recommended, title: acts[recommended.act].title },
  };
}
