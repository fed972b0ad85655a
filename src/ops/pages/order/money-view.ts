import type { OrderFacts } from "../../facts/facts.ts";
import type { DisputeFact, RefundFact } from "../../facts/money-facts.ts";
import { type Html, html } from "../html.ts";
import { statusBadge } from "../parts/badge.ts";
import { clock, moment } from "../parts/moment.ts";
import { money } from "../parts/money.ts";
import { panel } from "../parts/notice.ts";
import { inWords } from "../parts/words.ts";
import { whoDid } from "./event-words.ts";

/** Money that went back, and money that banks took. Nothing where there is neither. */
export function moneyBackView({ refunds, disputes, now }: OrderFacts): Html {
  if (refunds.length === 0 && disputes.length === 0) return html``;
  return panel(
    "Refunds and disputes",
    html`<ul class="messages">${refunds.map((refund) => refundView(refund, now))}
${disputes.map((dispute) => disputeView(dispute, now))}</ul>`,
  );
}

function refundView(refund: RefundFact, now: Date): Html {
  const { id, amountMinor, currency, status, reason, note, actor, createdAt, stripeId } = refund;
  return html`<li id="refund-${id}"><p class="what"><strong>Refund of ${money(
    amountMinor,
    currency,
  )}</strong> ${statusBadge(status)} <span class="small-print">${moment(createdAt, now)}</span></p>
<p class="note">${inWords(reason)}, by ${whoDid(actor)}</p>
${note === null ? "" : html`<p class="note">“${note}”</p>`}
${refund.failure === null ? "" : html`<p class="note alarm">${inWords(refund.failure)}</p>`}
${stripeId === null ? "" : html`<p class="note"><code>${stripeId}</code></p>`}
</li>
`;
}

function disputeView(dispute: DisputeFact, now: Date): Html {
  const { id, amountMinor, currency, status, reason, evidenceDueAt, openedAt } = dispute;
  return html`<li id="dispute-${id}"><p class="what"><strong>Dispute of ${money(
    amountMinor,
    currency,
  )}</strong> ${statusBadge(status)} <span class="small-print">${moment(openedAt, now)}</span></p>
<p class="note">${inWords(reason)} <code>${id}</code></p>
${
  evidenceDueAt === null || dispute.closedAt !== null
    ? ""
    : html`<p class="note">Evidence is due ${moment(evidenceDueAt, now)},
${clock(evidenceDueAt)}</p>`
}
</li>
`;
}
