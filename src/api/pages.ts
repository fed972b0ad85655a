import type { OpenAPIHono } from "@hono/zod-openapi";
import { html } from "hono/html";
import { page, pagePolicy } from "../ops/pages/page.ts";
import type { ApiEnv } from "./environment.ts";
import { answerProblem } from "./problem-response.ts";
import { isProblemName, problems } from "./problems.ts";

/** The few pages for people: the front door, and one for each problem that has a name. */
export function addPages(app: OpenAPIHono<ApiEnv>): void {
  app.get("/", (c) => {
    c.header("Content-Security-Policy", pagePolicy);
    return c.html(page("Welcome", frontDoor));
  });

  app.get("/problems", (c) => {
    c.header("Content-Security-Policy", pagePolicy);
    return c.html(page("Problems", problemList()));
  });

  app.get("/problems/:name", (c) => {
    const name = c.req.param("name");
    if (!isProblemName(name)) return answerProblem(c, "not_found");
    c.header("Content-Security-Policy", pagePolicy);
    return c.html(page(problems[name].title, problemPage(name)));
  });
}

const frontDoor = html`<div class="card">
<h1>Aurora</h1>
<p>The order system: stock that is never oversold, payments that are never forgotten.</p>
<dl>
<dt><a href="/reference">API reference</a></dt>
<dd>Every address, to read and to try. Also as <a href="/openapi.json">openapi.json</a>.</dd>
<dt><a href="/problems">Problems</a></dt>
<dd>What each error means, and what to do about it.</dd>
<dt><a href="/ops">Operations</a></dt>
<dd>The queues, behind a login.</dd>
<dt><a href="/readyz">Health</a></dt>
<dd>Whether Aurora can work, and how far behind it is.</dd>
</dl>
</div>`;

function problemList() {
  const rows = Object.entries(problems).map(
    ([name, { status, title }]) =>
      html`<dt><a href="/problems/${name}">${title}</a></dt>
<dd>${status} <code>${name}</code></dd>`,
  );
  return html`<div class="card"><h1>Problems</h1><dl>${rows}</dl></div>`;
}

function problemPage(name: keyof typeof problems) {
  const { status, title, help } = problems[name];
  return html`<div class="card">
<h1>${title}</h1>
<p class="soft">${status} <code>${name}</code></p>
<p>${help}</p>
<p><a href="/problems">All problems</a> · <a href="/reference">API reference</a></p>
</div>`;
}
