import type { DeliveryFact } from "../../facts/delivery-facts.ts";
import type { OrderFacts } from "../../facts/facts.ts";
import { type Html, html } from "../html.ts";
import { statusBadge } from "../parts/badge.ts";
import { moment } from "../parts/moment.ts";
import { panel } from "../parts/notice.ts";
import { asTitle, count } from "../parts/words.ts";

/** What other systems were told of the order, by endpoint; nothing where nobody listens. */
export function deliveriesView(facts: OrderFacts, mayAct: boolean): Html | "" {
  if (facts.deliveries.length === 0) return "";
  const endpoints = Map.groupBy(facts.deliveries, ({ endpointId }) => endpointId);
  return panel(
    "Other systems",
    [...endpoints.values()].map((those) => endpointView(facts, those, mayAct)),
  );
}

function endpointView(facts: OrderFacts, those: readonly DeliveryFact[], mayAct: boolean): Html {
  const [{ endpointId, host, endpointStatus } = those[0] as DeliveryFact] = those;
  const heard = those.filter(({ status }) => status === "delivered").length;
  const rows = those.toReversed().map((delivery) => deliveryView(facts, delivery, mayAct));
  const isQuiet = heard === those.length;
  return html`<details class="body" id="told-${endpointId}"${isQuiet ? "" : html` open`}>
<summary>${host} ${statusBadge(endpointStatus)}
<span class="small-print">heard ${heard} of ${count(those.length, "event")}</span></summary>
<ul class="messages">${rows}</ul>
<p class="small-print"><a href="/ops/webhooks/out/${endpointId}">The endpoint</a></p>
</details>`;
}

function deliveryView(
  { order, events, now }: OrderFacts,
  { id, seq, kind, status, reason, createdAt, endedAt, dueAt }: DeliveryFact,
  mayAct: boolean,
): Html {
  const event = events.find((each) => each.seq === seq)?.event ?? "event";
  const title = `${asTitle(event)} (${seq})${kind === "replay" ? ", told again" : ""}`;
  const offers = mayAct && dueAt === null && status !== "delivered";
  return html`<li id="delivery-${id}">
<p class="what"><strong>${title}</strong> ${statusBadge(status)}
<span class="small-print">${moment(endedAt ?? createdAt, now)}</span></p>
${reason === null ? "" : html`<p class="note">${reason}</p>`}
${
  offers
    ? html`<div class="acts"><a class="button quiet"
 href="/ops/orders/${order.id}/acts/replay_delivery?in.deliveryId=${id}">Tell
again<span class="unseen">: ${title}</span></a></div>`
    : ""
}
</li>
`;
}
