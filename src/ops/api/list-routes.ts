import { Hono } from "hono";
import { Refused } from "../../errors.ts";
import { seenBy } from "../access/mask.ts";
import type { ActMeans } from "../acts/act.ts";
import { planOf } from "../acts/acts.ts";
import { type DiagnosisCode, diagnosisCodes } from "../diagnosis.ts";
import { cursorPattern } from "../problems/candidates.ts";
import { listProblems, systemProblems } from "../problems.ts";
import { readAge } from "../read-age.ts";
import { search } from "../search.ts";
import type { OpsApiEnv } from "./answer-error.ts";

/** As many as are looked at for one answer: none is left out. */
const mostProblems = 500;

/** What needs a person, and what a search finds, for programs. */
export function listRoutes(means: ActMeans): Hono<OpsApiEnv> {
  const routes = new Hono<OpsApiEnv>();

  routes.get("/problems", async (c) => {
    const { code, olderThan, cursor, shop } = c.req.query();
    const query = {
      code: code === undefined ? undefined : codeNamed(code),
      olderThanSeconds: olderThan === undefined ? undefined : secondsOf(olderThan),
      after: cursor === undefined ? undefined : cursorIn(cursor),
      shopId: shop === undefined ? undefined : uuidIn(shop, "shop"),
      limit: mostProblems,
    };
    const { groups, problems, isPartial, next } = await listProblems({ ...means, planOf }, query);
    const system = await systemProblems(means);
    const lists = { groups, problems, isPartial, system, nextCursor: next };
    return c.json(seenBy(c.get("operator"), lists));
  });

  routes.get("/search", async (c) => {
    const query = c.req.query("q");
    if (query !== undefined) return c.json(await search(means, c.get("operator"), query));
    throw invalid("q", "Say what to look for: GET /ops/api/search?q=...");
  });
  return routes;
}

function codeNamed(name: string): DiagnosisCode {
  const code = diagnosisCodes.find((known) => known === name);
  if (code) return code;
  throw invalid("code", `Must be one of ${diagnosisCodes.join(", ")}.`);
}

function secondsOf(age: string): number {
  const seconds = readAge(age);
  if (seconds !== null) return seconds;
  throw invalid("olderThan", "Must be an age, such as 90s, 15m, 2h or 1d.");
}

function cursorIn(text: string): string {
  if (cursorPattern.test(text)) return text;
  throw invalid("cursor", "Must be the nextCursor of an answer before.");
}

function uuidIn(text: string, field: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text;
  throw invalid(field, "Must be an id, a UUID.");
}

function invalid(field: string, message: string): Refused {
  return new Refused("invalid_act", `${field}: ${message}`, [{ field, message }]);
}
