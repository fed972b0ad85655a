import { getConnInfo } from "@hono/node-server/conninfo";
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { Log } from "../../log.ts";
import { page, pagePolicy } from "../pages/page.ts";
import { endSession, startSession } from "./authenticate.ts";
import { watchKnocking } from "./knocking.ts";
import { callerOf, isFromOurPages } from "./origin.ts";
import type { Sessions } from "./session.ts";

/** A name and a password: whoever sends more wants something else. */
const mostFormBytes = 4_096;

const formType = /^application\/x-www-form-urlencoded\s*(;|$)/i;

const home = "/ops/queues";

/** Signing in and out of the operators' pages. */
export function loginPages(
  sessions: Sessions,
  { log, trustProxy }: { log: Log; trustProxy: boolean },
): Hono {
  const pages = new Hono();
  const knocking = watchKnocking();

  pages.get("/login", (c) => answerForm(c, 200));

  pages.post("/login", async (c) => {
    const length = Number(c.req.header("content-length") ?? Number.NaN);
    if (!(length <= mostFormBytes)) return answerForm(c, 413, "That is too long.");
    if (!isFromOurPages(c.req)) return answerForm(c, 403, "Please sign in with this form.");
    if (!formType.test(c.req.header("content-type") ?? "")) {
      return answerForm(c, 415, "Please sign in with this form.");
    }
    const caller = callerOf(c.req, socketAddress(c), trustProxy);
    const wait = knocking.waitSeconds(caller) || (await knocking.standInLine());
    if (wait > 0) {
      c.header("Retry-After", String(wait));
      return answerForm(c, 429, `Too many attempts. Try again in ${wait} s.`);
    }
    const form = new URLSearchParams(await c.req.text());
    const given = { name: form.get("name") ?? "", password: form.get("password") ?? "" };
    if (!sessions.isOperator(given.name, given.password)) {
      knocking.failed(caller);
      log.warn("sign_in_failed");
      return answerForm(c, 401, "The name or the password is wrong.");
    }
    knocking.succeeded(caller);
    startSession(c, sessions, given.name);
    log.info("signed_in", { actor: `ops:${given.name}` });
    return c.redirect(destination(c.req.query("next")), 303);
  });

  pages.post("/logout", (c) => {
    if (isFromOurPages(c.req)) endSession(c);
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
<p class="soft">Sign in to see the queues.</p>
${complaint}
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>`;
  return c.html(page("Sign in", form), status);
}

/** Where the operator wanted to go: a page of ours, never another site. */
function destination(next: string | undefined): string {
  return next && /^\/ops\/[\w./-]*$/.test(next) && !next.includes("//") ? next : home;
}

function socketAddress(c: Context): string | undefined {
  try {
    return getConnInfo(c).remote.address;
  } catch {
    return undefined; // Asked in-process, without a socket.
  }
}
