import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Db } from "../../db/connect.ts";
import { inTime } from "../../patience.ts";
import type { OpsEnv } from "../access/authenticate.ts";
import { csrfField } from "../access/csrf.ts";
import { framed, type Surroundings, type View } from "./frame.ts";
import { html } from "./html.ts";
import { pagePolicy } from "./page.ts";
import type { Notice } from "./parts/notice.ts";

type ShowParts = {
  db: Db;
  isRedisReady: () => boolean;
  hasSwitchboard: boolean;
  problems: { recent(): Promise<{ problems: readonly unknown[]; isPartial: boolean }> };
};

const patienceMs = 1_000;

/** Answers with a page in its frame. */
export type Show = (
  c: Context<OpsEnv>,
  view: View,
  status?: ContentfulStatusCode,
) => Promise<Response>;

export function createShow(parts: ShowParts): Show {
  return async (c, view, status = 200) => {
    const around: Surroundings = {
      operator: c.get("operator"),
      csrf: csrfField(c),
      problems: await countOf(parts),
      notices: await noticesOf(parts),
      hasSwitchboard: parts.hasSwitchboard,
    };
    c.header("Content-Security-Policy", pagePolicy);
    return c.html(framed(around, view), status);
  };
}

/** A page is shown all the same where the inbox can't be read in time. */
async function countOf({ problems }: ShowParts): Promise<string | null> {
  const read = problems.recent().then(({ problems: all, isPartial }) => {
    return isPartial ? `${all.length}+` : `${all.length}`;
  });
  return inTime(read, patienceMs).catch(() => null);
}

/** What everybody must know before they do anything. */
async function noticesOf({ db, isRedisReady }: ShowParts): Promise<Notice[]> {
  const installation = await db
    .selectFrom("installation")
    .select(["livemode", "stopped_because"])
    .executeTakeFirst();
  const notices: Notice[] = [];
  if (installation?.livemode === false) {
    notices.push({ tone: "plain", text: "Stripe is in test mode: no real money moves here." });
  }
  if (installation?.stopped_because) {
    notices.push({
      tone: "bad",
      text: html`Nothing is written to Stripe and no message is sent:
${installation.stopped_because} Decide with <code>npm run installation</code>.`,
    });
  }
  if (!isRedisReady()) {
    notices.push({
      tone: "busy",
      text: `Redis does not answer. Orders are accepted all the same; what waits stands in
PostgreSQL and goes on when Redis is back.`,
    });
  }
  return notices;
}
