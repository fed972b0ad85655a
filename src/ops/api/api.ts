import { Hono } from "hono";
import type { ActMeans } from "../acts/act.ts";
import { actRoutes } from "./act-routes.ts";
import { answer, answerError, type OpsApiEnv } from "./answer-error.ts";
import { endpointRoutes } from "./endpoint-routes.ts";
import { listRoutes } from "./list-routes.ts";
import { orderRoutes } from "./order-routes.ts";

/**
 * What OrderTracker's pages show and do, for programs: to be mounted at /ops/api, behind the
 * guard that says who asks and how much they may send.
 */
export function opsApi(means: ActMeans): Hono<OpsApiEnv> {
  const api = new Hono<OpsApiEnv>();
  api.route("/", actRoutes(means));
  api.route("/", orderRoutes(means));
  api.route("/", listRoutes(means));
  api.route("/", endpointRoutes(means));
  api.all("*", (c) =>
    answer(c, "not_found", {
      detail: "docs/ops-api.md lists every address of the operators' API.",
    }),
  );
  api.onError((error, c) => answerError(error, c, means.log));
  return api;
}
