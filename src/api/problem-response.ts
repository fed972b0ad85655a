import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { databaseError } from "../db/transaction.ts";
import {
  codeOf,
  type FieldFault,
  OutcomeUnknown,
  Refused,
  reasonOf,
  Unavailable,
} from "../errors.ts";
import type { Log } from "../log.ts";
import { problemJson, problemType } from "../problem.ts";
import type { ApiEnv } from "./environment.ts";
import { isProblemName, type ProblemName, problems } from "./problems.ts";

/** How long a client should wait before it repeats a request that met an outage, in seconds. */
const retryAfterSeconds = 2;

/** Answers any error as problem+json: what happens next follows from its class alone. */
export function answerError(error: unknown, c: Context<ApiEnv>, log: Log): Response {
  const named = databaseError(error);
  if (named instanceof Refused) {
    const name = isProblemName(named.code) ? named.code : "refused";
    return answerProblem(c, name, named.message, named.faults);
  }
  if (named instanceof HTTPException) return answerProblem(c, nameOfStatus(named.status));
  const requestId = c.get("requestId");
  if (named instanceof Unavailable || named instanceof OutcomeUnknown) {
    log.warn("request_unavailable", { requestId, code: named.code, reason: reasonOf(named) });
    c.header("Retry-After", String(retryAfterSeconds));
    return answerProblem(c, named.code === "lock_timeout" ? "lock_timeout" : "unavailable");
  }
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error("request_failed", { requestId, code: codeOf(error), reason });
  return answerProblem(c, "internal_error");
}

export function answerProblem(
  c: Context<ApiEnv>,
  name: ProblemName,
  detail: string = problems[name].help,
  faults: readonly FieldFault[] = [],
): Response {
  const { status } = problems[name];
  const problem = problemJson(name, problems[name], {
    ...{ detail, faults, requestId: c.get("requestId") },
  });
  if (name === "unauthorized") c.header("WWW-Authenticate", 'Bearer realm="Aurora"');
  return c.json(problem, status as ContentfulStatusCode, {
    "Content-Type": problemType,
  });
}

/** Hono and its validators throw only these. */
function nameOfStatus(status: number): ProblemName {
  if (status === 415) return "unsupported_media_type";
  if (status === 413) return "payload_too_large";
  return status < 500 ? "bad_request" : "internal_error";
}

/** Nothing is at this address; or something is, but for other methods. */
export function answerUnknownAddress(
  c: Context<ApiEnv>,
  routes: readonly { method: string; path: string }[],
): Response {
  const known = routes.filter(({ method, path }) => method !== "ALL" && fits(path, c.req.path));
  if (known.length === 0) return answerProblem(c, "not_found");
  c.header("Allow", [...new Set(known.map(({ method }) => method))].sort().join(", "));
  return answerProblem(c, "method_not_allowed");
}

function fits(pattern: string, path: string): boolean {
  const wanted = pattern.split("/");
  const given = path.split("/");
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith(":") || part === given[index])
  );
}
