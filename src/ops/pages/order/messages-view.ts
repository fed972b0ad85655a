import { lostDeliveries } from "../../../notifications/lifecycle.ts";
import { channelsOf } from "../../../notifications/messages.ts";
import type { MessageFact, OrderFact, OrderFacts, StaffMessageFact } from "../../facts/facts.ts";
import { type Html, html } from "../html.ts";
import { statusBadge } from "../parts/badge.ts";
import { deliveryBadge } from "../parts/delivery.ts";
import { moment } from "../parts/moment.ts";
import { empty, panel } from "../parts/notice.ts";
import { asTitle } from "../parts/words.ts";

/** What the customer was told, with a look at it, the way to say it again, and what staff was. */
export function messagesView(facts: OrderFacts, mayAct: boolean): Html {
  const { order, messages, staffMessages, now } = facts;
  if (messages.length + staffMessages.length === 0) {
    return panel("Messages", empty("Nothing was sent yet."));
  }
  const rows = messages.toReversed().map((each) => {
    return messageView(order, each, now, mayAct);
  });
  const staff = staffMessages.toReversed().map((each) => staffView(each, now));
  return panel("Messages", html`<ul class="messages">${rows}${staff}</ul>`);
}

function messageView(order: OrderFact, message: MessageFact, now: Date, mayAct: boolean): Html {
  const { id, channel, template } = message;
  const title = `${wayOf(message)}: ${asTitle(template)}`;
  const around = wayAround(order, message);
  return html`<li id="message-${id}">
${stateView(title, message, now)}
<div class="acts">
<details id="preview-${id}"><summary>Preview</summary>
<iframe class="${channel}" sandbox loading="lazy" title="Preview of ${title}"
 src="/ops/orders/${order.id}/messages/${id}/preview"></iframe></details>
${
  mayAct
    ? html`<a class="button quiet"
 href="/ops/orders/${order.id}/acts/resend?in.messageId=${id}${around}">Send
again<span class="unseen">: ${title}</span></a>`
    : ""
}
</div>
</li>
`;
}

/** What came back is best sent the other way, where there is one. */
function wayAround({ hasPhone }: OrderFact, { channel, delivery, template }: MessageFact): string {
  if (delivery === null || !lostDeliveries.includes(delivery)) return "";
  const other = channel === "sms" ? "email" : "sms";
  const isOpen = channelsOf[template].includes(other) && (other === "email" || hasPhone);
  return isOpen ? `&in.channel=${other}` : "";
}

function staffView(message: StaffMessageFact, now: Date): Html {
  const title = `${wayOf(message)} to staff: ${asTitle(message.event)}`;
  return html`<li id="message-${message.id}">
${stateView(title, message, now)}
</li>
`;
}

type State = Omit<MessageFact, "template">;

const wayOf = ({ channel }: State) => (channel === "sms" ? "SMS" : "E-mail");

/** How far the message has come, and why no further. */
function stateView(title: string, message: State, now: Date): Html {
  const { status, delivery, deliveryReason, sentAt, createdAt, reason, lastError } = message;
  const fault = lastError ?? reason ?? deliveryReason;
  return html`<p class="what"><strong>${title}</strong> ${statusBadge(status)}
${deliveryBadge(delivery)} <span class="small-print">${moment(sentAt ?? createdAt, now)}</span></p>
${fault === null ? "" : html`<p class="note">${fault}</p>`}`;
}
