import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { type Html, html } from "../pages/html.ts";
import type { OpsEnv } from "./authenticate.ts";
import { isFromOurPages } from "./origin.ts";
import { refuse } from "./refuse.ts";

/** The names under which a form and a script show that they are of a page of ours. */
const field = "csrf";
const headers = ["x-csrf-token", "x-xsrf-token"];

/** Makes a session's token. It follows from the session and the server's key: nothing is kept. */
export function csrfTokens(serverKey: string): (session: string) => string {
  const secret = Buffer.from(serverKey, "base64");
  const key = Buffer.from(hkdfSync("sha256", secret, "", "aurora csrf", 32));
  return (session) => createHmac("sha256", key).update(session).digest("base64url");
}

/** The hidden field that every form has which changes something. */
export function csrfField(c: Context<OpsEnv>): Html {
  return html`<input type="hidden" name="${field}" value="${c.get("csrf") ?? ""}">`;
}

/**
 * Lets requests pass that change something only from a page of ours: its browser says so, and it
 * has the session's token, in the form or in a header. A machine's bearer token is no cookie:
 * no other site can make a browser send it.
 */
export function requireOwnPage(): MiddlewareHandler<OpsEnv> {
  return async (c, next) => {
    const token = c.get("csrf");
    const isReading = c.req.method === "GET" || c.req.method === "HEAD";
    if (isReading || token === null) return next();
    if (!isFromOurPages(c.req)) return refuse(c, "not_our_page");
    if (!isSame(token, await givenToken(c))) return refuse(c, "token_missing");
    return next();
  };
}

async function givenToken(c: Context<OpsEnv>): Promise<string> {
  for (const name of headers) {
    const given = c.req.header(name);
    if (given !== undefined) return given;
  }
  if (!formType.test(c.req.header("content-type") ?? "")) return "";
  const form = await c.req.parseBody().catch((): Record<string, unknown> => ({}));
  return String(form[field] ?? "");
}

const formType = /^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i;

function isSame(wanted: string, given: string): boolean {
  const [a, b] = [Buffer.from(wanted), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
