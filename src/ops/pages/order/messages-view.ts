import type { MessageFact, OrderFacts } from "../../facts/facts.ts";
import { type Html, html } from "../html.ts";
import { statusBadge } from "../parts/badge.ts";
import { moment } from "../parts/moment.ts";
import { empty, panel } from "../parts/notice.ts";
import { asTitle } from "../parts/words.ts";

/** What the customer was told, with a look at it, and the way to say it again. */
export function messagesView({ order, messages, now }: OrderFacts, mayAct: boolean): Html {
  if (messages.length === 0) return panel("Messages", empty("Nothing was sent yet."));
  const rows = [...messages]
    .reverse()
    .map((message) => messageView(order.id, message, now, mayAct));
  return panel("Messages", html`<ul class="messages">${rows}</ul>`);
}

function messageView(orderId: string, message: MessageFact, now: Date, mayAct: boolean): Html {
  const { id, template, channel, status, sentAt, createdAt, reason, lastError } = message;
  const title = `${channel === "sms" ? "SMS" : "E-mail"}: ${asTitle(template)}`;
  const fault = lastError ?? reason;
  return html`<li id="message-${id}">
<p class="what"><strong>${title}</strong> ${statusBadge(status)}
<span class="small-print">${moment(sentAt ?? createdAt, now)}</span></p>
${fault === null ? "" : html`<p class="note">${fault}</p>`}
<div class="acts">
<details id="preview-${id}"><summary>Preview</summary>
<iframe class="${channel}" sandbox loading="lazy" title="Preview of ${title}"
 src="/ops/orders/${orderId}/messages/${id}/preview"></iframe></details>
${
  mayAct
    ? html`<a class="button quiet" href="/ops/orders/${orderId}/acts/resend?in.messageId=${id}">Send
again<span class="unseen">: ${title}</span></a>`
    : ""
}
</div>
</li>
`;
}
