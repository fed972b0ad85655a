import { Hono } from "hono";
import type { OpsEnv } from "../../access/authenticate.ts";
import { seenBy } from "../../access/mask.ts";
import { actNames } from "../../acts/act.ts";
import type { PageParts } from "../../app.ts";
import { auditPage } from "./audit-page.ts";
import { type ActQuery, actPageSize, latestAct, listActs } from "./read-acts.ts";

const topic = "audit";

/** What is done to operators themselves, by the command line. */
const operatorActs = [
  "operator_added",
  "operator_role_set",
  "operator_password_set",
  "operator_disabled",
  "operator_enabled",
];

/** The audit: who did what to which order, and why. */
export function auditPages({ db, live, show }: PageParts): Hono<OpsEnv> {
  const pages = new Hono<OpsEnv>();
  live.registerTopic(topic, async (keys) => {
    const seen = await latestAct(db);
    return keys.map(() => seen);
  });

  pages.get("/", async (c) => {
    const watched = await live.begin(topic);
    const given = (name: string) => c.req.query(name)?.trim().slice(0, 60) || null;
    const query: ActQuery = {
      ...{ actor: given("actor"), act: given("act"), order: given("order") },
      before: given("before"),
    };
    const acts = await listActs(db, query);
    const shown = seenBy(c.get("operator"), acts.slice(0, actPageSize));
    const last = acts.length > actPageSize ? shown.at(-1) : undefined;
    const content = auditPage({
      ...{ query, acts: shown, actNames: [...actNames, ...operatorActs] },
      older: last ? addressOf({ ...query, before: last.id }) : null,
      newest: query.before === null ? null : addressOf({ ...query, before: null }),
    });
    return show(c, { title: "Audit", current: "audit", live: watched, content });
  });
  return pages;
}

function addressOf(query: ActQuery): string {
  const set = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== null);
  return `/ops/audit?${new URLSearchParams(set)}`;
}
