import { countLines, type LineCounts } from "../../../orders/fulfilment/count-lines.ts";
import type { HoldFact, OrderFacts } from "../../facts/facts.ts";
import { type Content, type Html, html } from "../html.ts";
import { statusBadge } from "../parts/badge.ts";
import { money } from "../parts/money.ts";
import { panel } from "../parts/notice.ts";

/** What was ordered, what it costs, and whether it is held. */
export function goodsView({ order, lines, adjustments, holds, fulfilment }: OrderFacts): Html {
  const { currency } = order;
  const counts = countLines(lines, fulfilment);
  return panel(
    "Goods",
    html`<ul class="goods">
${lines.map(
  (line, index) => html`<li><div><strong>${line.quantity} × ${line.name}</strong>
<p class="small-print"><code>${line.writtenSku}</code> ${money(line.unitPriceMinor, currency)} each
${holdsOf(holds, line.sku)}</p>${countsOf(counts[index])}</div>
${money(line.unitPriceMinor * line.quantity, currency)}</li>`,
)}
${adjustments.map(
  ({ kind, name, amountMinor }) => html`<li><div>${name}
<p class="small-print">${kind}</p></div>${money(amountMinor, currency)}</li>`,
)}
<li class="total"><strong>Total</strong><strong>${money(order.totalMinor, currency)}</strong></li>
</ul>`,
  );
}

/** What became of the line; nothing where nothing did. */
function countsOf(counts: LineCounts | undefined): Content {
  if (counts === undefined) return "";
  const said = [
    ...(counts.shippedQuantity > 0 ? [`${counts.shippedQuantity} shipped`] : []),
    ...(counts.cancelledQuantity > 0 ? [`${counts.cancelledQuantity} cancelled`] : []),
    ...(counts.returnedQuantity > 0 ? [`${counts.returnedQuantity} returned`] : []),
  ];
  return said.length === 0 ? "" : html`<p class="small-print">${said.join(" · ")}</p>`;
}

/** The line's holds that say something: what was released for others only where nothing is held. */
function holdsOf(holds: readonly HoldFact[], sku: string): Content {
  const own = holds.filter((hold) => hold.sku === sku);
  const live = own.filter(({ status }) => status !== "released");
  return (live.length > 0 ? live : own.slice(-1)).map(
    ({ quantity, status, location }) => html`${statusBadge(status)}
<span>${quantity} at ${location}</span> `,
  );
}
