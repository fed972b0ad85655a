import type { Plan } from "../../acts/act.ts";
import type { EndpointAct } from "../../endpoints/endpoint-acts.ts";
import type { EndpointState } from "../../endpoints/read-endpoints.ts";
import { type Field, fieldView } from "../acts/fields.ts";
import { fieldsView, planView } from "../acts/plan-view.ts";
import { type Html, html } from "../html.ts";
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
${form.fields.length === 0 ? "" : fieldsView(form, `${address}/acts/${act.name}`)}
${planView(form.plan, { address, to: "the endpoint" }, confirmation(form, address))}`;
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
