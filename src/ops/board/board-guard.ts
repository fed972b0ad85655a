import { type Context, Hono } from "hono";
import { setCookie } from "hono/cookie";
import { html } from "hono/html";
import type { StatusCode } from "hono/utils/http-status";
import { inTime, TooLate } from "../../patience.ts";
import type { Hints } from "../../queues/hints.ts";
import type { OpsEnv } from "../access/authenticate.ts";
import { maskDeep } from "../access/mask.ts";
import { isSecure } from "../access/origin.ts";
import { may } from "../access/roles.ts";
import { page, pagePolicy } from "../pages/page.ts";
import { boardContentPolicy, boardPath, createBoard } from "./board.ts";
import { type RetryParts, retryRoutes } from "./retries.ts";

/** Redis answers in milliseconds: after so many it counts as away. */
const patienceMs = 2_000;

type GuardParts = RetryParts & { isRedisReady: () => boolean };

/**
 * Bull Board for times when Redis is away: it says so at once instead of hanging, and works as
 * soon as Redis is there. It shows nobody's address, and does nothing that is not on record.
 */
export function guardedBoard(parts: GuardParts): Hono<OpsEnv> {
  const { hints, isRedisReady } = parts;
  const boards = new Map<boolean, Hono>();
  const guarded = new Hono<OpsEnv>();

  guarded.use(async (c, next) => (isRedisReady() ? next() : answerAway(c)));
  guarded.route("/", retryRoutes(parts));
  guarded.onError((error, c) => {
    if (error instanceof TooLate) return answerAway(c);
    throw error;
  });
  guarded.all("*", async (c) => {
    const mayRetry = may(c.get("operator"), "operator");
    // BullMQ's queues must not be made before Redis was there once: they would wait for ever.
    const board = boards.get(mayRetry) ?? createBoard(hints, { mayRetry });
    boards.set(mayRetry, board);
    const answer = await inTime(ask(board, c, hints), patienceMs).catch(() => null);
    if (!answer) return answerAway(c);

    c.header("Content-Security-Policy", boardContentPolicy);
    giveToken(c);
    const isData = c.req.path.startsWith(`${boardPath}/api/`);
    const { "content-length": _before, ...headers } = Object.fromEntries(answer.headers);
    return c.newResponse(await presentable(answer, isData), {
      status: answer.status as StatusCode,
      headers,
    });
  });
  return guarded;
}

/** The board's page sends what it finds in this cookie with all that it asks for. */
function giveToken(c: Context<OpsEnv>): void {
  const token = c.get("csrf");
  if (token === null) return;
  const secure = isSecure(c.req);
  setCookie(c, "XSRF-TOKEN", token, { path: boardPath, sameSite: "Strict", secure });
}

/** The page itself comes without Redis; shown to people, it would only turn in circles. */
async function ask(board: Hono, c: Context, hints: Hints): Promise<Response> {
  if (isPage(c)) await hints.queue("payment").getJobCounts("failed");
  return board.fetch(c.req.raw, c.env);
}

/**
 * The page without its link to fonts elsewhere: the system's own will do. Data is masked: our jobs
 * hold nobody's address, but what suppliers answer may stand in a failed job's reason.
 */
async function presentable(
  answer: Response,
  isData: boolean,
): Promise<string | ReadableStream | null> {
  const type = answer.headers.get("content-type") ?? "";
  if (type.startsWith("text/html")) {
    return (await answer.text()).replace(/<link [^>]*fonts\.[^>]*>/, "");
  }
  if (!isData || !type.startsWith("application/json")) return answer.body;
  return JSON.stringify(maskDeep(await answer.json()));
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
