import { Hono } from "hono";
import type { Db } from "../db/connect.ts";
import type { Log } from "../log.ts";
import type { Hints } from "../queues/hints.ts";
import { type OpsEnv, requireOperator } from "./access/authenticate.ts";
import { csrfTokens } from "./access/csrf.ts";
import { loginPages } from "./access/login.ts";
import { createSessions } from "./access/session.ts";
import { boardPath } from "./board/board.ts";
import { guardedBoard } from "./board/board-guard.ts";
import { assetRoutes } from "./pages/assets.ts";
import { html } from "./pages/html.ts";
import { createLive, type Live } from "./pages/live/live.ts";
import { answerLive } from "./pages/live/live-route.ts";
import { orderFingerprint } from "./pages/live/order-topics.ts";
import { createShow, type Show } from "./pages/show.ts";
import { switchboardPages } from "./pages/switchboard/switchboard.ts";
import { switchboardAt } from "./switchboard/control.ts";

export type OpsParts = {
  db: Db;
  serverKey: string;
  operator: { user: string; password: string };
  trustProxy: boolean;
  /** Only in a local world. */
  switchboardUrl?: string | undefined;
  hints: Hints;
  isRedisReady: () => boolean;
  log: Log;
};

/** What every page is handed: all parts, its frame, and what brings it up to date. */
export type PageParts = OpsParts & { show: Show; live: Live };

/** The operators' pages, to be mounted at /ops: a login, and what stands behind it. */
export function createOps(parts: OpsParts): Hono<OpsEnv> {
  const sessions = createSessions(parts.serverKey, parts.operator);
  const live = createLive(parts.log);
  live.registerTopic("order", orderFingerprint(parts.db));
  const hasSwitchboard = parts.switchboardUrl !== undefined;
  const pages: PageParts = { ...parts, live, show: createShow({ ...parts, hasSwitchboard }) };

  const ops = new Hono<OpsEnv>();
  ops.route("/", assetRoutes());
  ops.route("/", loginPages(sessions, parts));
  ops.use(requireOperator(sessions, csrfTokens(parts.serverKey)));
  ops.get("/live", (c) => answerLive(c, live));
  ops.get("/", (c) =>
    pages.show(c, { title: "Problems", current: "problems", content: html`<h1>Problems</h1>` }),
  );
  if (parts.switchboardUrl !== undefined) {
    ops.route("/switchboard", switchboardPages(switchboardAt(parts.switchboardUrl), pages));
  }
  ops.route(boardPath.replace("/ops", ""), guardedBoard(parts));
  return ops;
}
