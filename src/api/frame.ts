import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { Log } from "../log.ts";
import { isSecure } from "../ops/access/origin.ts";
import { setAnswerHeader } from "./answer-header.ts";
import type { ApiEnv } from "./environment.ts";

/** A request id from outside is kept when it can do no harm in a log line. */
const harmless = /^[\w=.-]{1,100}$/;

/** Headers of every answer. Pages widen the policy; data is never cached. */
const headers = [
  ["Cache-Control", "no-store"],
  ["Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"],
  ["Referrer-Policy", "no-referrer"],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
] as const;

/** Half a year; only said over HTTPS, where browsers listen to it. */
const strictTransport = "max-age=15552000; includeSubDomains";

/** Gives each request an id, its answer the headers above, and the log one line. */
export function frame(log: Log): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const startedAt = performance.now();
    const given = c.req.header("x-request-id");
    const requestId = given && harmless.test(given) ? given : randomUUID();
    c.set("requestId", requestId);
    setAnswerHeader(c, "X-Request-Id", requestId);
    for (const [name, value] of headers) setAnswerHeader(c, name, value);
    if (isSecure(c.req)) setAnswerHeader(c, "Strict-Transport-Security", strictTransport);
    await next();

    const path = pathOf(c.req.url);
    const httpStatus = c.res.status;
    if (isProbe(path) && httpStatus < 400) return;
    const milliseconds = Math.round((performance.now() - startedAt) * 10) / 10;
    const orderId = c.get("orderId") ?? null;
    log.info("request", {
      requestId,
      method: c.req.method,
      path,
      httpStatus,
      milliseconds,
      ...(orderId ? { orderId } : {}),
    });
  };
}

/** The path as it came, still encoded, so that no line break gets into a log; never the query. */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const query = url.indexOf("?", start);
  return url.slice(start, query === -1 ? undefined : query);
}

function isProbe(path: string): boolean {
  return path === "/livez" || path === "/readyz";
}
