import type {
  FulfilmentView,
  ReturnView,
  ShipmentView,
} from "../../../orders/fulfilment/fulfilment-view.ts";
import type { OrderFacts } from "../../facts/facts.ts";
import { type Content, type Html, html } from "../html.ts";
import { badge } from "../parts/badge.ts";
import { moment } from "../parts/moment.ts";
import { panel } from "../parts/notice.ts";
import { whoDid } from "./event-words.ts";

/** Parcels that left, and goods that came back. Nothing where there is neither. */
export function shipmentsView(facts: OrderFacts, mayAct: boolean): Html {
  const { fulfilment, lines, now } = facts;
  const { shipments, returns } = fulfilment;
  if (shipments.length === 0 && returns.length === 0) return html``;
  const written = new Map(lines.map(({ sku, writtenSku }) => [sku, writtenSku]));
  const goods = (of: GoodsOf) =>
    of.map(
      ({
        sku,
        quantity,
      }) => html`<p class="note">${quantity} × <code>${written.get(sku) ?? sku}</code>
</p>`,
    );
  return panel(
    "Shipments and returns",
    html`<ul class="messages">${shipments.map((shipment) =>
      shipmentView(shipment, goods(shipment.lines), now, mayAct),
    )}
${returns.map((each) => returnView(each, goods, now))}</ul>`,
  );
}

type GoodsOf = FulfilmentView["cancelled"];

function shipmentView(
  { id, carrier, actor, shippedAt, ...tracking }: ShipmentView,
  goods: Content,
  now: Date,
  mayAct: boolean,
): Html {
  return html`<li id="shipment-${id}"><p class="what"><strong>Shipped with ${carrier}</strong>
<span class="small-print">${moment(new Date(shippedAt), now)}</span></p>
${goods}
${mayAct ? trackingOf(tracking) : ""}
<p class="note">by ${whoDid(actor)}</p>
</li>
`;
}

/** It leads to the customer's door, so that viewers don't see it. */
function trackingOf({
  trackingNumber,
  trackingUrl,
}: Pick<ShipmentView, "trackingNumber" | "trackingUrl">): Content {
  const number =
    trackingNumber === null ? "Follow the parcel" : html`<code>${trackingNumber}</code>`;
  if (trackingUrl === null) {
    return trackingNumber === null ? "" : html`<p class="note">${number}</p>`;
  }
  return html`<p class="note">
<a href="${trackingUrl}" rel="noreferrer" target="_blank">${number}</a></p>`;
}

function returnView(
  { id, refundId, actor, returnedAt, lines }: ReturnView,
  goods: (of: GoodsOf) => Content,
  now: Date,
): Html {
  const restocked = lines.filter(({ restock }) => restock);
  const others = lines.filter(({ restock }) => !restock);
  return html`<li id="return-${id}"><p class="what"><strong>Returned</strong>
<span class="small-print">${moment(new Date(returnedAt), now)}</span></p>
${restocked.length > 0 ? html`${badge("good", "for sale again")} ${goods(restocked)}` : ""}
${others.length > 0 ? html`${badge("over", "not restocked")} ${goods(others)}` : ""}
<p class="note">${
    refundId === null ? "Without a refund" : html`<a href="#refund-${refundId}">With a refund</a>`
  }, by ${whoDid(actor)}</p>
</li>
`;
}
