import { setTimeout } from "node:timers/promises";
import type { Context, MiddlewareHandler } from "hono";
import { setAnswerHeader } from "./answer-header.ts";
import type { ApiEnv } from "./environment.ts";

const methods = "GET, PATCH, POST, PUT";
const requestHeaders =
  "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Prefer, X-Request-Id";
const answerHeaders =
  "ETag, Idempotent-Replayed, Location, Preference-Applied, Retry-After, X-Request-Id";
const preflightSeconds = 600;
const longestOrigin = 300;

/** The origin's look-up may take so long, counted from the request's beginning. */
const lookUpMs = 1_000;

/**
 * Lets the pages of a shop's origins read answers: those of the shop whose key or order it is.
 * Where nobody's shop is known, as in an outage or under a wrong key, a fault is shown to the
 * pages of any shop: it tells nothing of one.
 */
export function cors(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    setAnswerHeader(c, "Vary", "Origin");
    const origin = originOf(c);
    if (!origin) return next();

    // Asked at once: after an outage's 503 there is no time left.
    const startedAt = performance.now();
    const isKnown = c.get("keys").isKnownOrigin(origin);
    isKnown.catch(() => undefined);
    await next();
    const shop = c.get("shop");
    if (shop ? !shop.origins.includes(origin) : c.res.status < 400) return;
    if (!shop) {
      const left = Math.max(0, startedAt + lookUpMs - performance.now());
      const tooLate = setTimeout(left, false, { ref: false });
      if (!(await Promise.race([isKnown.catch(() => false), tooLate]))) return;
    }
    c.header("Access-Control-Allow-Origin", origin);
    c.header("Access-Control-Expose-Headers", answerHeaders);
  };
}

/** Answers a browser that asks beforehand. It comes without a key: any shop's origin will do. */
export function preflight(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const origin = originOf(c);
    const isAsking = c.req.method === "OPTIONS" && c.req.header("access-control-request-method");
    if (!origin || !isAsking) return next();
    if (await c.get("keys").isKnownOrigin(origin)) {
      c.header("Access-Control-Allow-Origin", origin);
      c.header("Access-Control-Allow-Methods", methods);
      c.header("Access-Control-Allow-Headers", requestHeaders);
      c.header("Access-Control-Max-Age", String(preflightSeconds));
    }
    return c.body(null, 204);
  };
}

function originOf(c: Context<ApiEnv>): string | undefined {
  const origin = c.req.header("origin");
  return origin && origin.length <= longestOrigin ? origin : undefined;
}
