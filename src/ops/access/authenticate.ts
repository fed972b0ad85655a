import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { isFromOurPages, isSecure } from "./origin.ts";
import { type Operator, type Sessions, sessionSeconds } from "./session.ts";

export type OpsEnv = { Variables: { operator: Operator } };

const cookieName = "aurora_ops";

/**
 * The one place that says who an operator is. Single sign-on, when it comes, replaces what
 * stands here; nothing else asks for a cookie.
 */
function authenticate(c: Context, sessions: Sessions): Operator | null {
  const session = getCookie(c, cookieName, isSecure(c.req) ? "host" : undefined);
  return session ? sessions.read(session) : null;
}

/** Lets only operators pass; what changes something must come from a page of ours. */
export function requireOperator(sessions: Sessions): MiddlewareHandler<OpsEnv> {
  return async (c, next) => {
    const operator = authenticate(c, sessions);
    const isPage = c.req.method === "GET" && (c.req.header("accept") ?? "").includes("text/html");
    if (!operator && isPage) {
      return c.redirect(`/ops/login?next=${encodeURIComponent(c.req.path)}`, 303);
    }
    if (!operator) return c.text("Sign in at /ops/login first.", 401);
    if (!["GET", "HEAD"].includes(c.req.method) && !isFromOurPages(c.req)) {
      return c.text("Only Aurora's own pages may do this.", 403);
    }
    c.set("operator", operator);
    return next();
  };
}

export function startSession(c: Context, sessions: Sessions, name: string): void {
  const secure = isSecure(c.req);
  setCookie(c, cookieName, sessions.open(name), {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    maxAge: sessionSeconds,
    ...(secure ? { prefix: "host" } : {}),
  });
}

export function endSession(c: Context): void {
  const secure = isSecure(c.req);
  deleteCookie(c, cookieName, { path: "/", ...(secure ? { prefix: "host" } : {}) });
}
