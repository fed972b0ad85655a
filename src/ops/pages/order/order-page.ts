import type { Contact } from "../../../notifications/contacts.ts";
import { languageName } from "../../../notifications/locales/dictionaries.ts";
import type { Diagnosis } from "../../diagnosis.ts";
import type { OrderFacts } from "../../facts/facts.ts";
import { type Content, type Html, html } from "../html.ts";
import { orderBadge } from "../parts/badge.ts";
import { definitions } from "../parts/definitions.ts";
import { clock, deadline, moment } from "../parts/moment.ts";
import { money } from "../parts/money.ts";
import { panel } from "../parts/notice.ts";
import { inWords } from "../parts/words.ts";
import { deliveriesView } from "./deliveries-view.ts";
import { diagnosisView, type Offers } from "./diagnosis-view.ts";
import { goodsView } from "./goods-view.ts";
import { type LedgerLine, ledgerView } from "./ledger-view.ts";
import { messagesView } from "./messages-view.ts";
import { moneyBackView } from "./money-view.ts";
import { recordsView } from "./records-view.ts";
import { shipmentsView } from "./shipments-view.ts";
import { type JobAddress, timeline } from "./timeline.ts";

/** All that an order's page is made of. */
export type OrderView = {
  facts: OrderFacts;
  diagnosis: Diagnosis;
  offers: Offers;
  /** Masked already for those who may not see persons; null once the person was erased. */
  person: Contact | null;
  ledger: readonly LedgerLine[];
  mayAct: boolean;
  jobAddress: JobAddress;
};

/** An order, from what is the matter with it down to its ledger. */
export function orderPage(view: OrderView): Html {
  const { facts, diagnosis, offers, mayAct } = view;
  const { order, now } = facts;
  const { id: orderId, number, currency } = order;
  const about = { orderId, number, currency, now };
  return html`${head(facts)}
${diagnosisView(diagnosis, offers, about)}
<div class="order">
<div class="main-column">
${recordsView(facts)}
${panel("What happened", timeline(facts, view.jobAddress, mayAct), jobsNote(facts))}
</div>
<div class="side-column">
${goodsView(facts)}
${shipmentsView(facts, mayAct)}
${personView(view)}
${messagesView(facts, mayAct)}
${deliveriesView(facts, mayAct)}
${moneyBackView(facts)}
${detailsView(facts)}
</div>
</div>
${ledgerView(view.ledger)}`;
}

function head({ order, now }: OrderFacts): Html {
  return html`<header class="head order-head"><div>
<p class="over"><a href="/ops">Problems</a> <span aria-hidden="true">/</span> Order</p>
<h1><span class="number">${order.number}</span> ${orderBadge(order)}
<button class="quiet scripts-only" data-copy="${order.number}">Copy<span class="unseen"> the
number</span></button></h1>
<p class="soft">${order.shopName} · placed ${moment(order.placedAt, now)}${
    order.paysByLink ? " · paid by link" : ""
  }</p>
</div>
<dl class="figures">
${holdsUntil(order, now)}
<div><dt>Total</dt><dd>${money(order.totalMinor, order.currency)}</dd></div>
</dl>
</header>`;
}

function holdsUntil({ expiresAt, status }: OrderFacts["order"], now: Date): Content {
  if (expiresAt === null || !["draft", "reserving", "awaiting_payment"].includes(status)) return "";
  const what = status === "awaiting_payment" ? "Stock held for" : "Expires in";
  return html`<div><dt>${what}</dt><dd>${deadline(expiresAt, now)}</dd></div>`;
}

function jobsNote({ jobs }: OrderFacts): Content {
  if (jobs !== null) return null;
  return html`<span class="small-print">without jobs: Redis does not answer</span>`;
}

function personView({ facts, person }: OrderView): Html {
  if (person === null) {
    const words = facts.order.contact
      ? "The person can't be read: the key that sealed it is not here."
      : "The person was erased, as planned.";
    return panel("Customer", html`<p class="soft">${words}</p>`);
  }
  const { name, email, phone, address } = person;
  const place = address && [
    address.line1,
    address.line2,
    [address.postalCode, address.city].filter(Boolean).join(" "),
    address.region,
    address.country,
  ];
  return panel(
    "Customer",
    definitions([
      name === null ? null : ["Name", name],
      ["E-mail", email],
      phone === null ? null : ["Phone", phone],
      place && ["Address", place.filter(Boolean).join(", ")],
      ["Language", languageName(facts.order.locale)],
    ]),
  );
}

function detailsView({ order, now }: OrderFacts): Html {
  return panel(
    "Record",
    definitions([
      ["Order id", html`<code>${order.id}</code>`],
      ["Version", order.version],
      order.customerRef === null
        ? null
        : ["Shop's reference", html`<code>${order.customerRef}</code>`],
      ["Placed", clock(order.placedAt)],
      order.heldAt === null ? null : ["Stock held", clock(order.heldAt)],
      order.attention === null ? null : ["Flag", inWords(order.attention)],
      order.settledAt === null ? null : ["Settled", moment(order.settledAt, now)],
      order.dueAt === null ? null : ["Looked at next", moment(order.dueAt, now)],
      order.lastError === null ? null : ["Last failure", order.lastError],
    ]),
  );
}
