import { Hono } from "hono";
import { html } from "hono/html";
import type { Log } from "../log.ts";
import type { Hints } from "../queues/hints.ts";
import { type OpsEnv, requireOperator } from "./access/authenticate.ts";
import { loginPages } from "./access/login.ts";
import { createSessions } from "./access/session.ts";
import { boardPath } from "./board/board.ts";
import { guardedBoard } from "./board/board-guard.ts";
import { page, pagePolicy } from "./pages/page.ts";
import { switchboardPages } from "./pages/switchboard.ts";
import { switchboardAt } from "./switchboard/control.ts";

export type OpsParts = {
  serverKey: string;
  operator: { user: string; password: string };
  trustProxy: boolean;
  /** Only in a local world. */
  switchboardUrl?: string | undefined;
  hints: Hints;
  isRedisReady: () => boolean;
  log: Log;
};

/** The operators' pages, to be mounted at /ops: a login, and what stands behind it. */
export function createOps(parts: OpsParts): Hono<OpsEnv> {
  const sessions = createSessions(parts.serverKey, parts.operator);
  const ops = new Hono<OpsEnv>();
  ops.route("/", loginPages(sessions, parts));
  ops.use(requireOperator(sessions));

  ops.get("/", (c) => {
    c.header("Content-Security-Policy", pagePolicy);
    return c.html(page("Operations", menu(c.get("operator").name)));
  });
  if (parts.switchboardUrl !== undefined) {
    ops.route("/switchboard", switchboardPages(switchboardAt(parts.switchboardUrl)));
  }
  ops.route(boardPath.replace("/ops", ""), guardedBoard(parts));
  return ops;
}

function menu(name: string) {
  return html`<div class="card">
<h1>Aurora operations</h1>
<p class="soft">Signed in as ${name}.</p>
<dl>
<dt><a href="${boardPath}">Queues</a></dt>
<dd>What is waiting, what failed and why. Failed jobs can be tried again.</dd>
<dt><a href="/readyz">Health</a></dt>
<dd>PostgreSQL, Redis, the oldest overdue row, the sweeper's last beat.</dd>
</dl>
<form method="post" action="/ops/logout"><button>Sign out</button></form>
</div>`;
}
