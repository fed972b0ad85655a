import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Db } from "../../db/connect.ts";
import { isSecure } from "./origin.ts";
import { isForPeople, refuse } from "./refuse.ts";
import type { Operator } from "./roles.ts";
import { readSession, sessionSeconds } from "./sessions.ts";

export type OpsEnv = {
  Variables: {
    operator: Operator;
    /** What shows that a form is of this session; null for a program, which needs none. */
    csrf: string | null;
  };
};

/**
 * Who asks, or null when nobody is known: the one seam where a chain's single sign-on plugs in.
 * It is asked at every request, and nothing else looks at cookies or passwords. One that takes
 * its place reads what the identity provider left (a signed header, its own cookie), and answers
 * with a name and a role of ours. What it must see to stands in
 * docs/decisions/0020-operators-have-names.md.
 */
export type Authenticate = (c: Context) => Promise<Operator | null>;

/** Aurora's own: a session's cookie, or the bearer token of a program. */
export function bySession(db: Db): Authenticate {
  return async (c) => {
    const token = bearerOf(c) ?? cookieOf(c);
    return token ? await readSession(db, token) : null;
  };
}

/** Lets only operators pass. */
export function requireOperator(
  authenticate: Authenticate,
  csrfOf: (session: string) => string,
): MiddlewareHandler<OpsEnv> {
  return async (c, next) => {
    const operator = await authenticate(c);
    if (!operator && c.req.method === "GET" && isForPeople(c)) {
      return c.redirect(`/ops/login?next=${encodeURIComponent(addressOf(c))}`, 303);
    }
    if (!operator) return refuse(c, "unauthorized");
    c.set("operator", operator);
    // Only what a browser sends by itself can be made to send by another site.
    const isProgram = bearerOf(c) !== undefined;
    c.set("csrf", isProgram ? null : csrfOf(cookieOf(c) ?? `operator ${operator.name}`));
    return next();
  };
}

const cookieName = "aurora_ops";

/** What the session's cookie holds. */
export function cookieOf(c: Context): string | undefined {
  return getCookie(c, cookieName, isSecure(c.req) ? "host" : undefined);
}

/** What a program says of itself. Whoever says it is not also known by a cookie. */
export function bearerOf(c: Context): string | undefined {
  const [, token] = /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  return token;
}

export function giveCookie(c: Context, token: string): void {
  setCookie(c, cookieName, token, {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    maxAge: sessionSeconds,
    ...(isSecure(c.req) ? { prefix: "host" } : {}),
  });
}

export function takeCookie(c: Context): void {
  deleteCookie(c, cookieName, { path: "/", ...(isSecure(c.req) ? { prefix: "host" } : {}) });
}

function addressOf(c: Context): string {
  return c.req.path + new URL(c.req.url).search;
}
