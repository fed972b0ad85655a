import { Hono } from "hono";
import type { Authenticate, OpsEnv } from "./access/authenticate.ts";
import { guard } from "./access/guard.ts";
import type { ActMeans } from "./acts/act.ts";
import { opsApi } from "./api/api.ts";
import { boardPath } from "./board/board.ts";
import { guardedBoard } from "./board/board-guard.ts";
import { actForms } from "./pages/acts/act-routes.ts";
import { assetRoutes } from "./pages/assets.ts";
import { auditPages } from "./pages/audit/audit-routes.ts";
import { healthPages } from "./pages/health/health-routes.ts";
import { createLive, type Live } from "./pages/live/live.ts";
import { answerLive } from "./pages/live/live-route.ts";
import { orderFingerprint } from "./pages/live/order-topics.ts";
import { orderPages } from "./pages/order/order-routes.ts";
import { bulkPages } from "./pages/problems/bulk-routes.ts";
import { problemPages } from "./pages/problems/problem-routes.ts";
import {
  problemsFingerprint,
  problemsNow,
  type ReadProblems,
} from "./pages/problems/problems-now.ts";
import { queuePages } from "./pages/queues/queue-routes.ts";
import { searchPages } from "./pages/search/search-routes.ts";
import { createShow, type Show } from "./pages/show.ts";
import { stockPages } from "./pages/stock/stock-routes.ts";
import { switchboardPages } from "./pages/switchboard/switchboard.ts";
import { outPages } from "./pages/webhooks/out-routes.ts";
import { webhookPages } from "./pages/webhooks/webhook-routes.ts";
import { switchboardAt } from "./switchboard/control.ts";

/** What operators' pages and their API are handed: what acts need, and who may come in. */
export type OpsParts = ActMeans & {
  /** A chain's single sign-on, in place of Aurora's own sessions. */
  authenticate?: Authenticate | undefined;
  /** Whether a router before us says who calls, in X-Forwarded-For. */
  trustProxy: boolean;
  /** Only in a local world: where its faults are caused. */
  switchboardUrl?: string | undefined;
  /** Set off when the process is to stop: streams end then. */
  stopping?: AbortSignal | undefined;
};

/** What every page is handed: all parts, its frame, and what brings it up to date. */
export type PageParts = OpsParts & { show: Show; live: Live; problems: ReadProblems };

/** The operators' pages, to be mounted at /ops: a login, and what stands behind it. */
export function createOps(parts: OpsParts): Hono<OpsEnv> {
  const live = createLive(parts.log);
  live.registerTopic("order", orderFingerprint(parts.db));
  const problems = problemsNow(parts);
  live.registerTopic("problems", problemsFingerprint(problems));
  const hasSwitchboard = parts.switchboardUrl !== undefined;
  const show = createShow({ ...parts, hasSwitchboard, problems });
  const pages: PageParts = { ...parts, live, problems, show };

  const ops = new Hono<OpsEnv>();
  ops.route("/", assetRoutes());
  guard(ops, parts);
  ops.get("/live", (c) => answerLive(c, live, parts.stopping));
  ops.route("/api", opsApi(parts));
  ops.route("/", problemPages(pages));
  ops.route("/", searchPages(pages));
  ops.route("/", bulkPages(pages));
  ops.route("/orders", orderPages(pages));
  ops.route("/orders", actForms(pages));
  ops.route("/stock", stockPages(pages));
  ops.route("/webhooks/out", outPages(pages));
  ops.route("/webhooks", webhookPages(pages));
  ops.route("/queues-now", queuePages(pages));
  ops.route("/audit", auditPages(pages));
  ops.route("/health", healthPages(pages));
  if (parts.switchboardUrl !== undefined) {
    ops.route("/switchboard", switchboardPages(switchboardAt(parts.switchboardUrl), pages));
  }
  ops.route(boardPath.replace("/ops", ""), guardedBoard(parts));
  return ops;
}
