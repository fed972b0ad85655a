import { type Content, type Html, html } from "../html.ts";
import { badge } from "../parts/badge.ts";
import { notice, pageHead, panel } from "../parts/notice.ts";
import { table } from "../parts/table.ts";
import { count } from "../parts/words.ts";

/** What would be done to one order, as it was seen. `item` is handed back to do just that. */
export type BulkPlan = {
  orderId: string;
  number: string;
  act: string | null;
  says: readonly string[];
  isPossible: boolean;
  item: string;
};

export type BulkResult = {
  orderId: string;
  number: string;
  outcome: "done" | "refused" | "changed";
  says: string;
};

type BulkForm = {
  title: string;
  code: string;
  plans: readonly BulkPlan[];
  /** How many more there are than are done in one go. */
  left: number;
  csrf: Html;
  key: string;
  reasonFault?: string | undefined;
};

/** What would happen to each order of a group, before anything does. */
export function bulkPage(form: BulkForm): Html {
  const { title, plans, left } = form;
  const possible = plans.filter(({ isPossible }) => isPossible);
  const columns = [
    { title: "Order", leads: true },
    { title: "What helps" },
    { title: "What it will do" },
  ];
  const rows = plans.map(({ orderId, number, act, says, isPossible }) => [
    orderLink(orderId, number),
    act ?? html`<span class="soft">nothing known</span>`,
    html`<ul${isPossible ? "" : html` class="soft"`}>${says.map((each) => html`<li>${each}</li>`)}
</ul>`,
  ]);
  return html`${pageHead(
    title,
    `${possible.length} of ${count(plans.length, "order")} can be helped like this.`,
  )}
${left > 0 ? notice({ tone: "plain", text: `${left} more are left for the next time.` }) : ""}
${panel("What it will do", table("What it will do to each order", columns, rows))}
${possible.length === 0 ? backLink : confirmation(form, possible)}`;
}

function confirmation({ code, csrf, key, reasonFault }: BulkForm, possible: readonly BulkPlan[]) {
  return panel(
    "Do it",
    html`<form class="body act-form" method="post" action="/ops/bulk">
${csrf}<input type="hidden" name="code" value="${code}">
<input type="hidden" name="key" value="${key}">
${possible.map(({ item }) => html`<input type="hidden" name="item" value="${item}">`)}
<div class="field"><label for="field-reason">Reason</label>
<input type="text" id="field-reason" name="reason" required maxlength="500" autocomplete="off"
 aria-describedby="reason-hint"${reasonFault ? html` aria-invalid="true"` : ""}>
<p class="small-print" id="reason-hint">It stays on record with your name, at each order.</p>
${reasonFault ? html`<p class="alarm" role="alert">${reasonFault}</p>` : ""}</div>
<div class="buttons"><button class="primary">Do it for ${count(possible.length, "order")}</button>
<a class="button quiet" href="/ops">Leave it</a></div>
</form>`,
  );
}

const backLink = html`<p><a class="button" href="/ops">Back to the problems</a></p>`;

const outcomes = {
  done: badge("good", "done"),
  refused: badge("bad", "refused"),
  changed: badge("busy", "changed meanwhile"),
};

/** What came of it, order by order. */
export function bulkResultPage(title: string, results: readonly BulkResult[]): Html {
  const done = results.filter(({ outcome }) => outcome === "done").length;
  const columns = [
    { title: "Order", leads: true },
    { title: "Outcome" },
    { title: "What happened" },
  ];
  const rows = results.map(({ orderId, number, outcome, says }): Content[] => [
    orderLink(orderId, number),
    outcomes[outcome],
    says,
  ]);
  return html`${pageHead(title, `Done for ${done} of ${count(results.length, "order")}.`)}
${panel("What came of it", table("What came of each", columns, rows))}
${backLink}`;
}

function orderLink(orderId: string, number: string): Html {
  return html`<a href="/ops/orders/${orderId}">${number}</a>`;
}
