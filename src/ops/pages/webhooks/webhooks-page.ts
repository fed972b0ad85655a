import { eventStatuses } from "../../../payments/lifecycle.ts";
import { type Content, type Html, html } from "../html.ts";
import { badge, statusBadge } from "../parts/badge.ts";
import { definitions } from "../parts/definitions.ts";
import { clock, moment } from "../parts/moment.ts";
import { empty, pageHead, panel } from "../parts/notice.ts";
import { pager } from "../parts/pager.ts";
import { table } from "../parts/table.ts";
import { asTitle, count } from "../parts/words.ts";
import {
  ages,
  type EventPage,
  type InboxQuery,
  type InboxRow,
  type InboxState,
  latestEvents,
  webhooksWithinDays,
} from "./read-inbox.ts";
import { webhookTabs } from "./webhook-tabs.ts";

export type InboxView = {
  now: Date;
  query: InboxQuery;
  /** The types of event that we take in. */
  types: readonly string[];
  state: InboxState;
  events: readonly InboxRow[];
  older: string | null;
  newest: string | null;
};

/** What Stripe told us, how it reached us, and what became of it. */
export function webhooksPage(view: InboxView): Html {
  const { now, state, events, older, newest } = view;
  return html`${pageHead("Webhooks", "What Stripe told us, and what became of it.")}
${webhookTabs("in")}
${panel("How Stripe reaches us", stateView(state, now))}
${filters(view)}
<div class="panel">${events.length === 0 ? empty("No event fits") : inboxTable(events, now)}
${pager({ newer: newest, older })}</div>`;
}

/** No more is said than was looked at: under load, the latest events may be those of an hour. */
const noneOfLate =
  `none among the latest ${latestEvents.toLocaleString("en")} events` +
  ` of the last ${webhooksWithinDays} days`;

function stateView({ lastWebhookAt, waiting, cursor }: InboxState, now: Date): Html {
  const last = lastWebhookAt === null ? noneOfLate : moment(lastWebhookAt, now);
  return definitions([
    ["Last webhook", last],
    ["List of events read", cursor ? html`up to ${moment(cursor.position, now)}` : "never"],
    cursor?.lastError
      ? ["Reading fails", html`<span class="alarm">${cursor.lastError}</span>`]
      : null,
    ["Waiting to be applied", waiting === 0 ? "none" : count(waiting, "event")],
  ]);
}

function filters({ query, types }: InboxView): Html {
  return html`<form class="filters" action="/ops/webhooks">
<div><label for="status">Status</label>${choice("status", eventStatuses, query.status)}</div>
<div><label for="type">Type</label>${choice("type", types, query.type)}</div>
<div><label for="source">How it came</label>
${choice("source", ["webhook", "cursor"], query.source)}</div>
<div><label for="age">Came within</label>${choice("age", Object.keys(ages), query.age)}</div>
<button>Show</button>
</form>`;
}

function choice(name: string, options: readonly string[], chosen: string | null): Html {
  const option = (value: string) =>
    html`<option value="${value}"${
      value === chosen ? html` selected` : ""
    }>${name === "type" ? value : asTitle(value)}</option>`;
  return html`<select id="${name}" name="${name}"><option value="">All</option>${options.map(
    option,
  )}</select>`;
}

function inboxTable(events: readonly InboxRow[], now: Date): Html {
  return table(
    "Stripe's events, newest first",
    [
      { title: "Event", leads: true },
      { title: "Status" },
      { title: "Order" },
      { title: "Came by" },
      { title: "When" },
    ],
    events.map((event) => ({ href: addressOf(event.id), cells: cellsOf(event, now) })),
  );
}

export function addressOf(eventId: string): string {
  return `/ops/webhooks/${encodeURIComponent(eventId)}`;
}

function cellsOf({ id, type, status, lastError, round, source, ...event }: InboxRow, now: Date) {
  const often = round > 0 ? ` (${count(round, "failure")})` : "";
  const trouble = lastError ? html`<div class="small-print alarm">${lastError}${often}</div>` : "";
  return [
    html`<a href="${addressOf(id)}">${type}</a><div class="small-print id">${id}</div>`,
    html`${statusBadge(status)}${trouble}`,
    orderLink(event),
    source === "webhook" ? "webhook" : badge("plain", "list of events"),
    moment(event.receivedAt, now),
  ];
}

function orderLink({ orderId, number }: Pick<InboxRow, "orderId" | "number">): Content {
  return orderId === null ? "" : html`<a href="/ops/orders/${orderId}">${number}</a>`;
}

/** One event, with the button that has it looked at again; null where this operator may not. */
export function eventPage(event: EventPage, now: Date, replay: Html | null): Html {
  const { id, type, status, source, topic, intentId, lastError, bytes } = event;
  const settled = event.settledAt ? moment(event.settledAt, now) : "not yet";
  const title = html`${type} ${statusBadge(status)}`;
  return html`${pageHead(title, html`<span class="id">${id}</span>`, replay)}
${panel(
  "What is known of it",
  definitions([
    ["Order", event.orderId === null ? "none that we know" : orderLink(event)],
    ["About", topic === "intent" ? "a payment" : `a ${topic}`],
    intentId ? ["Payment at Stripe", html`<span class="id">${intentId}</span>`] : null,
    ["Came by", source === "webhook" ? "a webhook" : "Stripe's list of events"],
    ["Arrived", clock(event.receivedAt)],
    ["Settled", settled],
    event.dueAt ? ["Looked at next", moment(event.dueAt, now)] : null,
    lastError ? ["Last failure", html`<span class="alarm">${lastError}</span>`] : null,
    ["As it came", bytes === null ? "dropped after 30 days" : `${count(bytes, "byte")}, kept here`],
  ]),
)}`;
}

/** An event that no order is known for is replayed by itself: the audit alone has it. */
export function replayForm(eventId: string, csrf: Html, key: string): Html {
  return html`<form class="filters" method="post" action="${addressOf(eventId)}/replay">${csrf}
<input type="hidden" name="key" value="${key}">
<div><label for="reason">Why</label>
<input id="reason" name="reason" required minlength="3" maxlength="500" autocomplete="off"></div>
<button class="primary">Replay</button>
</form>`;
}
