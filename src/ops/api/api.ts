import { Hono } from "hono";
import { requireOwnPage } from "../access/csrf.ts";
import { requireRole } from "../access/require-role.ts";
import type { ActMeans } from "../acts/act.ts";
import { actRoutes } from "./act-routes.ts";
import { answer, answerError, type OpsApiEnv } from "./answer-error.ts";
import { listRoutes } from "./list-routes.ts";
import { orderRoutes } from "./order-routes.ts";
import { limitBody } from "./read-request.ts";

/**
 * What OrderTracker's pages show and do, for programs: to be mounted at /ops/api, behind the
 * middleware that says who asks.
 */
export function opsApi(means: ActMeans): Hono<OpsApiEnv> {
  const api = new Hono<OpsApiEnv>();
  api.use(requireRole("viewer"), requireOwnPage(), limitBody);
  api.route("/", actRoutes(means));
  api.route("/", orderRoutes(means));
  api.route("/", listRoutes(means));
  api.all("*", (c) =>
    answer(c, "not_found", {
      detail: "docs/ops-api.md lists every address of the operators' API.",
    }),
  );
  api.onError((error, c) => answerError(error, c, means.log));
  return api;
}
