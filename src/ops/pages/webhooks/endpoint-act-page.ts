import type { Plan } from "../../acts/act.ts";
import type { EndpointAct } from "../../endpoints/endpoint-acts.ts";
import type { EndpointState } from "../../endpoints/read-endpoints.ts";
import { type Field, fieldView } from "../acts/fields.ts";
import { type Content, type Html, html } from "../html.ts";
import { definitions } from "../parts/definitions.ts";
import { notice, pageHead, panel } from "../parts/notice.ts";
import { outHome, shortUrl, standing, waitingOf } from "./out-page.ts";

export type EndpointActForm = {
  now: Date;
  endpoint: EndpointState;
  act: EndpointAct;
  fields: readonly Field[];
  /** What it would do; null as long as the fields leave that open. */
  plan: Plan | null;
  csrf: Html;
  /** Made when the form is: the same form sent twice is one act. */
  idempotencyKey: string;
  reason: string;
  reasonFault?: string | undefined;
  /** Why it was refused when it was to be done. */
  refusal?: string | undefined;
};

/** An act on an endpoint before it is done: what it would do, and why it is done. */
export function endpointActPage(form: EndpointActForm): Html {
  const { endpoint, act, refusal, now } = form;
  const address = `${outHome}/${endpoint.id}`;
  return html`${pageHead(
    act.title,
    html`${act.summary} <a href="${address}">${shortUrl(endpoint)}</a>`,
  )}
${refusal ? notice({ tone: "bad", text: refusal }) : ""}
${panel(
  "How it stands",
  definitions([
    ["Status", standing(endpoint, now)],
    ["Waiting", waitingOf(endpoint, now)],
    ["Version", endpoint.version],
  ]),
)}
${form.fields.length === 0 ? "" : fieldsView(form, address)}
${planView(form, address)}`;
}

function fieldsView({ fields, plan, act }: EndpointActForm, address: string): Html {
  return panel(
    "What exactly",
    html`<form class="body act-form" action="${address}/acts/${act.name}">
<div class="fields">${fields.map(fieldView)}</div>
<button${plan === null ? html` class="primary"` : ""}>Show what it would do</button>
</form>`,
  );
}

function planView(form: EndpointActForm, address: string): Content {
  const { plan } = form;
  if (plan === null) return null;
  if (!plan.possible) {
    return panel(
      "What it would do",
      html`<div class="body"><p><strong>Nothing: it is not possible.</strong></p>
<p>${plan.because}</p>
<p class="then"><a class="button" href="${address}">Back to the endpoint</a></p></div>`,
    );
  }
  return panel(
    "What it will do",
    html`<div class="body">
<ul class="evidence">${plan.effects.map((effect) => html`<li>${effect}</li>`)}</ul>
${confirmation(form, address)}
</div>`,
  );
}

function confirmation(form: EndpointActForm, address: string): Html {
  const { endpoint, act, fields, csrf, idempotencyKey, reason, reasonFault } = form;
  return html`<form class="act-form then" method="post" action="${address}/acts/${act.name}">
${csrf}
${fields.map(({ name, value }) => hidden(name, value))}
${hidden("version", String(endpoint.version))}${hidden("key", idempotencyKey)}
${fieldView({
  name: "reason",
  label: "Reason",
  kind: "text",
  hint: "It stays on record with your name.",
  value: reason,
  required: true,
  fault: reasonFault,
})}
<div class="buttons"><button class="primary">${act.title}</button>
<a class="button quiet" href="${address}">Leave it</a></div>
</form>`;
}

function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">
`;
}
