import type { Context } from "hono";
import { html } from "../pages/html.ts";
import { page, pagePolicy } from "../pages/page.ts";

/** Why somebody is not let in, or not let do something, and what they can do about it. */
const refusals = {
  unauthorized: {
    status: 401,
    title: "Sign in first",
    detail:
      "Sign in at /ops/login. A program sends Authorization: Bearer with the token that " +
      "POST /ops/api/sessions gave it.",
  },
  not_our_page: {
    status: 403,
    title: "This did not come from a page of ours",
    detail: "Only Aurora's own pages may do this: open the page at /ops and do it there.",
  },
  token_missing: {
    status: 403,
    title: "The form is of another session",
    detail:
      "Open the page anew and do it again: you have signed in again since. A script sends the " +
      "page's token in the header X-CSRF-Token.",
  },
  role_too_low: {
    status: 403,
    title: "Your role may not do that",
    detail: "Ask an admin to do it, or to give you another role with npm run operators.",
  },
} as const;

export type Refusal = keyof typeof refusals;

/** Says no: a problem for programs, a page for people. */
export function refuse(c: Context, name: Refusal, detail: string = refusals[name].detail) {
  const { status, title } = refusals[name];
  if (isForPeople(c)) {
    c.header("Content-Security-Policy", pagePolicy);
    return c.html(
      page(
        title,
        html`<div class="card narrow">
<h1>${title}</h1>
<p>${detail}</p>
<p><a href="/ops">To the first page</a></p>
</div>`,
      ),
      status,
    );
  }
  if (status === 401) c.header("WWW-Authenticate", 'Bearer realm="Aurora operations"');
  const type = status === 401 ? "unauthorized" : "forbidden";
  return c.json({ type: `/problems/${type}`, title, status, detail, code: name }, status, {
    "Content-Type": "application/problem+json",
  });
}

/** Whether a person looks at the answer; a program asks for no page. */
export function isForPeople(c: Context): boolean {
  if (c.req.path.startsWith("/ops/api")) return false;
  return (c.req.header("accept") ?? "").includes("text/html");
}
