import { type Context, Hono } from "hono";
import type { Db } from "../../db/connect.ts";
import { html } from "../pages/html.ts";
import { page, pagePolicy } from "../pages/page.ts";
import { cookieOf, giveCookie, type OpsEnv, takeCookie } from "./authenticate.ts";
import { type Door, sayNo } from "./door.ts";
import { isFromOurPages } from "./origin.ts";
import { endSession } from "./sessions.ts";

/** A name and a password: whoever sends more wants something else. */
const mostFormBytes = 4_096;

const formType = /^application\/x-www-form-urlencoded\s*(;|$)/i;

const home = "/ops";

/** Where people sign in. */
export function loginPages(db: Db, door: Door): Hono<OpsEnv> {
  const pages = new Hono<OpsEnv>();

  pages.get("/login", (c) => answerForm(c, 200));

  pages.post("/login", async (c) => {
    const length = Number(c.req.header("content-length") ?? Number.NaN);
    if (!(length <= mostFormBytes)) return answerForm(c, 413, "That is too long.");
    if (!isFromOurPages(c.req)) return answerForm(c, 403, "Please sign in with this form.");
    if (!formType.test(c.req.header("content-type") ?? "")) {
      return answerForm(c, 415, "Please sign in with this form.");
    }
    const form = new URLSearchParams(await c.req.text());
    const given = { name: form.get("name") ?? "", password: form.get("password") ?? "" };
    const answer = await door(c, given);
    if (answer.outcome !== "in") {
      const { status, fault } = sayNo(c, answer);
      return answerForm(c, status, fault);
    }
    // Whatever session the browser had before is over: nobody can have put one there for us.
    const former = cookieOf(c);
    if (former) await endSession(db, former);
    giveCookie(c, answer.session.token);
    return c.redirect(destination(c.req.query("next")), 303);
  });
  return pages;
}

/** Where people sign out, from a page of ours. */
export function logoutPage(db: Db): Hono<OpsEnv> {
  const pages = new Hono<OpsEnv>();
  pages.post("/logout", async (c) => {
    const session = cookieOf(c);
    if (session) await endSession(db, session);
    takeCookie(c);
    return c.redirect("/ops/login", 303);
  });
  return pages;
}

function answerForm(c: Context, status: 200 | 401 | 403 | 413 | 415 | 429, fault = "") {
  c.header("Content-Security-Policy", pagePolicy);
  const action = `/ops/login?next=${encodeURIComponent(destination(c.req.query("next")))}`;
  const complaint = fault ? html`<p class="alarm" role="alert">${fault}</p>` : "";
  const form = html`<form class="card narrow" method="post" action="${action}">
<h1>Aurora operations</h1>
<p class="soft">Sign in to see which orders need a hand.</p>
${complaint}
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false"
  required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>`;
  return c.html(page("Sign in", form), status);
}

/** Where the operator wanted to go: a page of ours, never another site. */
function destination(next: string | undefined): string {
  const isOurs = next !== undefined && /^\/ops(\/[\w./:-]*)?(\?[\w=&.%+:@-]*)?$/.test(next);
  return isOurs && !next.includes("//") && !next.startsWith("/ops/login") ? next : home;
}
