import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { databaseError } from "../../db/transaction.ts";
import { codeOf, OutcomeUnknown, Refused, reasonOf, Unavailable } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { type ProblemOccurrence, problemJson, problemType } from "../../problem.ts";
import type { OpsEnv } from "../access/authenticate.ts";
import { awayCode } from "../acts/apply-stripe.ts";
import { OrderChanged } from "../acts/stale-order.ts";
import { opsProblems } from "./ops-problems.ts";

/** What the operators' API leaves for its handlers, and finds of the frame around it. */
export type OpsApiEnv = OpsEnv & { Variables: { requestId?: string } };

/** Problems that /v1 knows, too, and tells in the same words. */
const shared = {
  bad_request: { status: 400, title: "The request can't be read" },
  malformed_json: { status: 400, title: "The body is not valid JSON" },
  order_not_found: { status: 404, title: "There is no such order" },
  not_found: { status: 404, title: "There is nothing at this address" },
  lock_timeout: { status: 409, title: "Another request is at work on this" },
  payload_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "The body is not application/json" },
  idempotency_key_reused: {
    status: 422,
    title: "The Idempotency-Key came with another request",
  },
  internal_error: { status: 500, title: "Aurora failed" },
  unavailable: { status: 503, title: "Aurora can't answer at the moment" },
} as const;
const kinds = { ...shared, ...opsProblems };
type Kind = keyof typeof kinds;

const retryAfterSeconds = 2;

/** Answers any error as a problem; what the order does not allow has its own code beside it. */
export function answerError(error: unknown, c: Context<OpsApiEnv>, log: Log): Response {
  const named = databaseError(error);
  const requestId = c.get("requestId");
  if (named instanceof OrderChanged) {
    const { code, message: detail, present } = named;
    return answer(c, "order_changed", { detail, more: { code, present } });
  }
  if (named instanceof Refused) {
    const { code, message: detail, faults } = named;
    return answer(c, kindOf(code), { detail, faults, more: { code } });
  }
  if (named instanceof HTTPException) {
    const kind = named.status === 413 ? "payload_too_large" : "bad_request";
    return answer(c, kind, { detail: named.message || kinds[kind].title });
  }
  if (named instanceof Unavailable || named instanceof OutcomeUnknown) {
    const { code } = named;
    log.warn("request_unavailable", { ...of(requestId), code, reason: reasonOf(named) });
    c.header("Retry-After", String(retryAfterSeconds));
    const isStripe = code === awayCode;
    const again = "Repeat the request with the same Idempotency-Key: nothing is done twice.";
    const detail = isStripe ? named.message : again;
    const kind = code === "lock_timeout" ? code : "unavailable";
    return answer(c, kind, { detail, more: { code } });
  }
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error("request_failed", { ...of(requestId), code: codeOf(error), reason });
  const detail = "The fault is ours and is in our log under the requestId.";
  return answer(c, "internal_error", { detail });
}

export function answer(c: Context<OpsApiEnv>, kind: Kind, occurrence: ProblemOccurrence): Response {
  const body = problemJson(kind, kinds[kind], { ...occurrence, requestId: c.get("requestId") });
  const { status } = kinds[kind];
  return c.json(body, status as ContentfulStatusCode, { "Content-Type": problemType });
}

function kindOf(code: string): Kind {
  if (Object.hasOwn(kinds, code)) return code as Kind;
  return code.endsWith("_not_found") ? "nothing_found" : "act_refused";
}

function of(requestId: string | undefined) {
  return requestId === undefined ? {} : { requestId };
}
