import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { isFromOurPages, isSecure } from "./origin.ts";
import { refuse } from "./refuse.ts";
import type { Operator } from "./roles.ts";
import { type Sessions, sessionSeconds } from "./session.ts";

export type OpsEnv = {
  Variables: {
    operator: Operator;
    /** What shows that a form is of this session; null for a program, which needs none. */
    csrf: string | null;
  };
};

const cookieName = "aurora_ops";

/**
 * The one place that says who an operator is. Single sign-on, when it comes, replaces what
 * stands here; nothing else asks for a cookie.
 */
function authenticate(c: Context, sessions: Sessions): Operator | null {
  const session = sessionOf(c);
  const known = session ? sessions.read(session) : null;
  return known && { name: known.name, role: "admin" };
}

function sessionOf(c: Context): string | undefined {
  return getCookie(c, cookieName, isSecure(c.req) ? "host" : undefined);
}

/** Lets only operators pass. */
export function requireOperator(
  sessions: Sessions,
  csrfOf: (session: string) => string,
): MiddlewareHandler<OpsEnv> {
  return async (c, next) => {
    const operator = authenticate(c, sessions);
    const isPage = c.req.method === "GET" && (c.req.header("accept") ?? "").includes("text/html");
    if (!operator && isPage) {
      return c.redirect(`/ops/login?next=${encodeURIComponent(c.req.path)}`, 303);
    }
    if (!operator) return refuse(c, "unauthorized");
    if (!["GET", "HEAD"].includes(c.req.method) && !isFromOurPages(c.req)) {
      return refuse(c, "not_our_page");
    }
    c.set("operator", operator);
    c.set("csrf", csrfOf(sessionOf(c) ?? ""));
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
