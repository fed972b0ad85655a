import { type Content, type Html, html } from "../html.ts";
import { clock } from "../parts/moment.ts";
import { empty, pageHead } from "../parts/notice.ts";
import { pager } from "../parts/pager.ts";
import { table } from "../parts/table.ts";
import { asTitle } from "../parts/words.ts";
import type { ActQuery, ActRow } from "./read-acts.ts";

export type AuditView = {
  query: ActQuery;
  acts: readonly ActRow[];
  /** The names of all acts that there are. */
  actNames: readonly string[];
  older: string | null;
  newest: string | null;
};

/** Everything that people did, with their reasons: it can't be changed any more. */
export function auditPage({ query, acts, actNames, older, newest }: AuditView): Html {
  const isFiltered = query.actor !== null || query.act !== null || query.order !== null;
  const none = isFiltered
    ? empty("Nobody did such a thing", html`<a href="/ops/audit">Show everything</a>`)
    : empty("Nobody has done anything yet", "What operators do to orders stands here.");
  return html`${pageHead("Audit", "What people did, and why. These lines are never changed.")}
${filters(query, actNames)}
<div class="panel">${acts.length === 0 ? none : actsTable(acts)}
${pager({ newer: newest, older })}</div>`;
}

function filters({ actor, act, order }: ActQuery, actNames: readonly string[]): Html {
  const option = (name: string) =>
    html`<option value="${name}"${name === act ? html` selected` : ""}>${asTitle(name)}</option>`;
  return html`<form class="filters" action="/ops/audit">
<div><label for="actor">Who</label>
<input id="actor" name="actor" value="${actor ?? ""}" placeholder="ops:name" maxlength="60"
  autocomplete="off" spellcheck="false"></div>
<div><label for="act">What</label>
<select id="act" name="act"><option value="">Everything</option>${actNames.map(option)}</select>
</div>
<div><label for="order">Order</label>
<input id="order" name="order" value="${order ?? ""}" maxlength="40" autocomplete="off"
  spellcheck="false"></div>
<button>Show</button>
</form>`;
}

function actsTable(acts: readonly ActRow[]): Html {
  return table(
    "What people did, newest first",
    [
      { title: "What", leads: true },
      { title: "Order" },
      { title: "Why" },
      { title: "Who" },
      { title: "When" },
    ],
    acts.map((act) => ({
      href: act.orderId === null ? `/ops/audit#${act.id}` : `/ops/orders/${act.orderId}`,
      cells: cellsOf(act),
    })),
  );
}

function cellsOf(row: ActRow): Content[] {
  const { id, act, orderId, number, subject, reason, actor, at, ...rest } = row;
  const details = html`<details><summary>${asTitle(act)}</summary>
<pre class="small-print">${JSON.stringify({ act: id, ...rest }, null, 2)}</pre></details>`;
  const order: Content =
    orderId === null ? "" : html`<a href="/ops/orders/${orderId}">${number}</a>`;
  return [
    html`${details}${subject === null ? "" : html`<div class="small-print id">${subject}</div>`}`,
    order,
    reason,
    html`<a href="/ops/audit?${new URLSearchParams({ actor })}">${actor}</a>`,
    clock(at),
  ];
}
