import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Db } from "../../db/connect.ts";
import { bearerOf, cookieOf, type OpsEnv, takeCookie } from "./authenticate.ts";
import { type Door, sayNo } from "./door.ts";
import { isFromOurPages } from "./origin.ts";
import { endSession } from "./sessions.ts";

const credentials = z.object({ name: z.string().max(200), password: z.string().max(400) });

/** Where programs sign in: what they get goes into Authorization: Bearer. */
export function programSessions(door: Door): Hono<OpsEnv> {
  const routes = new Hono<OpsEnv>();

  routes.post("/api/sessions", async (c) => {
    const isJson = /^application\/json\s*(;|$)/i.test(c.req.header("content-type") ?? "");
    const body: unknown = isJson ? await c.req.json().catch(() => null) : null;
    const given = credentials.safeParse(body);
    const isPageOfOthers = c.req.header("sec-fetch-site") !== undefined && !isFromOurPages(c.req);
    if (!given.success || isPageOfOthers) {
      return problem(c, 422, "The body does not fit", 'Send {"name": "...", "password": "..."}.');
    }
    const answer = await door(c, given.data);
    if (answer.outcome === "in") {
      const { operator, session } = answer;
      return c.json({ token: session.token, expiresAt: session.expiresAt, operator }, 201);
    }
    const { status, fault } = sayNo(c, answer);
    return problem(c, status, "Not signed in", fault);
  });
  return routes;
}

/** Where a session is looked at and ended, by whoever is in it. */
export function currentSession(db: Db): Hono<OpsEnv> {
  const routes = new Hono<OpsEnv>();
  routes.get("/api/sessions/current", (c) =>
    c.json({ operator: c.get("operator"), csrf: c.get("csrf") }),
  );
  routes.delete("/api/sessions/current", async (c) => {
    const token = bearerOf(c) ?? cookieOf(c);
    if (token) await endSession(db, token);
    takeCookie(c);
    return c.body(null, 204);
  });
  return routes;
}

function problem(c: Context, status: 401 | 422 | 429, title: string, detail: string) {
  const name = status === 422 ? "invalid_body" : "unauthorized";
  return c.json({ type: `/problems/${name}`, title, status, detail }, status, {
    "Content-Type": "application/problem+json",
  });
}
