import type { Plan } from "../../acts/act.ts";
import type { OrderFacts } from "../../facts/facts.ts";
import { type Html, html } from "../html.ts";
import { eventWords, whoDid } from "../order/event-words.ts";
import { orderBadge } from "../parts/badge.ts";
import { definitions } from "../parts/definitions.ts";
import { deadline, moment } from "../parts/moment.ts";
import { money } from "../parts/money.ts";
import { notice, pageHead, panel } from "../parts/notice.ts";
import { inWords, withoutNumber } from "../parts/words.ts";
import { type Field, fieldView } from "./fields.ts";
import { fieldsView, planView } from "./plan-view.ts";

/** How the order stood when somebody decided: shown again when it stands otherwise by then. */
export type Seen = { version: number; status: string; sentence: string };

export type ActForm = {
  facts: OrderFacts;
  act: string;
  title: string;
  /** What it is for, in one sentence. */
  summary: string;
  fields: readonly Field[];
  /** What it would do; null as long as the fields leave that open. */
  plan: Plan | null;
  /** What the diagnosis says now. */
  sentence: string;
  csrf: Html;
  /** Made when the form is: the same form sent twice is one act. */
  idempotencyKey: string;
  reason: string;
  reasonFault?: string | undefined;
  /** Set where the order had moved on when the act was to be done. */
  conflict?: { seen: Seen } | undefined;
  /** Why it was refused when it was to be done. */
  refusal?: string | undefined;
};

/** An act before it is done: what it wants to know, what it would do, and why it is done. */
export function actPage(form: ActForm): Html {
  const { facts, title, conflict, refusal } = form;
  const { order } = facts;
  const address = `/ops/orders/${order.id}`;
  return html`${pageHead(
    title,
    html`${form.summary} <a href="${address}">Order ${order.number}</a>`,
    orderBadge(order),
  )}
${refusal ? notice({ tone: "bad", text: refusal }) : ""}
${conflict ? conflictView(form, conflict.seen) : standing(form)}
${form.fields.length === 0 ? "" : fieldsView(form, `${address}/acts/${form.act}`)}
${planView(form.plan, { address, to: "the order" }, confirmation(form, address))}`;
}

function standing({ facts: { order, now }, sentence }: ActForm): Html {
  return panel(
    "How it stands",
    definitions([
      ["Diagnosis", withoutNumber(sentence, order.number)],
      ["Total", money(order.totalMinor, order.currency)],
      order.expiresAt && order.status === "awaiting_payment"
        ? ["Stock held for", deadline(order.expiresAt, now)]
        : null,
    ]),
  );
}

/** Somebody or something was faster: what was seen, beside how it stands now. */
function conflictView({ facts: { order, events, now }, sentence }: ActForm, seen: Seen): Html {
  const last = events.at(-1);
  return html`${notice({
    tone: "bad",
    text: `The order has changed since you looked at it, so nothing was done. Compare, and decide
anew.`,
  })}
<div class="columns">
${panel(
  "What you saw",
  definitions([
    ["Version", seen.version],
    ["Status", inWords(seen.status)],
    ["Diagnosis", withoutNumber(seen.sentence, order.number)],
  ]),
)}
${panel(
  "How it stands now",
  definitions([
    ["Version", order.version],
    ["Status", orderBadge(order)],
    ["Diagnosis", withoutNumber(sentence, order.number)],
    last
      ? [
          "Last event",
          html`${eventWords(last).title}, ${moment(last.at, now)}, by
${whoDid(last.actor)}`,
        ]
      : null,
  ]),
)}
</div>`;
}

function confirmation(form: ActForm, address: string): Html {
  const { facts, act, title, fields, csrf, idempotencyKey, reason, reasonFault, sentence } = form;
  const { version, status } = facts.order;
  return html`<form class="act-form then" method="post" action="${address}/acts/${act}">
${csrf}
${fields.map(({ name, value }) => hidden(name, value))}
${hidden("version", String(version))}${hidden("seenStatus", status)}
${hidden("seenSentence", sentence)}${hidden("key", idempotencyKey)}
${fieldView({
  name: "reason",
  label: "Reason",
  kind: "text",
  hint: "It stays on record with your name.",
  value: reason,
  required: true,
  fault: reasonFault,
})}
<div class="buttons"><button class="primary">${title}</button>
<a class="button quiet" href="${address}">Leave it</a></div>
</form>`;
}

function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">
`;
}
