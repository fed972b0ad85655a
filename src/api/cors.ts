import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "./environment.ts";

const methods = "GET, POST, PUT";
const requestHeaders = "Authorization, Content-Type, Idempotency-Key, X-Request-Id";
const answerHeaders = "ETag, Idempotent-Replayed, Location, Retry-After, X-Request-Id";
const preflightSeconds = 600;
const longestOrigin = 300;

/**
 * Lets the pages of a shop's origins call the API. A preflight comes without a key, so it is
 * granted when any shop has the origin; the answer itself is shown only to pages of the shop
 * whose key or order it is.
 */
export function cors(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    c.header("Vary", "Origin");
    const origin = c.req.header("origin");
    if (!origin || origin.length > longestOrigin) return next();

    if (c.req.method === "OPTIONS" && c.req.header("access-control-request-method")) {
      if (await c.get("keys").isKnownOrigin(origin)) {
        c.header("Access-Control-Allow-Origin", origin);
        c.header("Access-Control-Allow-Methods", methods);
        c.header("Access-Control-Allow-Headers", requestHeaders);
        c.header("Access-Control-Max-Age", String(preflightSeconds));
      }
      return c.body(null, 204);
    }
    await next();
    if (!c.get("shop")?.origins.includes(origin)) return;
    c.header("Access-Control-Allow-Origin", origin);
    c.header("Access-Control-Expose-Headers", answerHeaders);
  };
}
