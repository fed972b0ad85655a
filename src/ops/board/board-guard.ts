import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { StatusCode } from "hono/utils/http-status";
import type { Log } from "../../log.ts";
import type { Hints } from "../../queues/hints.ts";
import type { OpsEnv } from "../access/authenticate.ts";
import { page, pagePolicy } from "../pages/page.ts";
import { boardContentPolicy, createBoard } from "./board.ts";

/** Redis answers in milliseconds: after so many it counts as away. */
const patienceMs = 2_000;

type GuardParts = { hints: Hints; isRedisReady: () => boolean; log: Log };

/**
 * Bull Board for times when Redis is away: it says so at once instead of hanging, and works as
 * soon as Redis is there. Retries are on record with the operator's name.
 */
export function guardedBoard({ hints, isRedisReady, log }: GuardParts): Hono<OpsEnv> {
  let board: Hono | null = null;
  const guarded = new Hono<OpsEnv>();

  guarded.all("*", async (c) => {
    if (!isRedisReady()) return answerAway(c);
    // BullMQ's queues must not be made before Redis was there once: they would wait for ever.
    board ??= createBoard(hints);
    const answer = await inTime(ask(board, c, hints));
    if (!answer) return answerAway(c);

    if (c.req.method !== "GET" && answer.ok) {
      log.info("job_retried", { actor: `ops:${c.get("operator").name}`, path: c.req.path });
    }
    c.header("Content-Security-Policy", boardContentPolicy);
    const headers = Object.fromEntries(answer.headers);
    return c.newResponse(await selfContained(answer), {
      status: answer.status as StatusCode,
      headers,
    });
  });
  return guarded;
}

/** The page itself comes without Redis; shown to people, it would only turn in circles. */
async function ask(board: Hono, c: Context, hints: Hints): Promise<Response> {
  if (isPage(c)) await hints.queue("payment").getJobCounts("failed");
  return board.fetch(c.req.raw, c.env);
}

/** The board's page without its link to fonts elsewhere: the system's own will do. */
async function selfContained(answer: Response): Promise<string | ReadableStream | null> {
  const isHtml = answer.headers.get("content-type")?.startsWith("text/html");
  return isHtml ? (await answer.text()).replace(/<link [^>]*fonts\.[^>]*>/, "") : answer.body;
}

function answerAway(c: Context): Response | Promise<Response> {
  c.header("Retry-After", "5");
  if (!isPage(c)) {
    return c.json({ error: "Redis does not answer.", message: "Try again in a moment." }, 503);
  }
  c.header("Content-Security-Policy", pagePolicy);
  c.header("Refresh", "5");
  return c.html(page("Queues", away()), 503);
}

function isPage(c: Context): boolean {
  return (c.req.header("accept") ?? "").includes("text/html");
}

function away() {
  return html`<div class="card">
<h1>Redis does not answer</h1>
<p>The queues can't be shown. Orders are accepted all the same: what waits stands in PostgreSQL
and goes on when Redis is back.</p>
<p class="soft">This page tries again every five seconds.</p>
</div>`;
}

async function inTime<Answer>(work: Promise<Answer>): Promise<Answer | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), patienceMs);
  });
  const answer = await Promise.race([work.catch(() => null), late]);
  clearTimeout(timer);
  return answer;
}
