import { lostDeliveries } from "../../../notifications/lifecycle.ts";
import type { FoundJob } from "../../../queues/find-jobs.ts";
import type { MessageFact, OrderFacts } from "../../facts/facts.ts";
import type { InboxFact } from "../../facts/money-facts.ts";
import { formAddress } from "../acts/act-fields.ts";
import { type Content, type Html, html } from "../html.ts";
import { statusBadge } from "../parts/badge.ts";
import { clock } from "../parts/moment.ts";
import { asTitle, inWords, lengthOf } from "../parts/words.ts";
import { deliveryEntry } from "./delivery-entry.ts";
import type { Offer } from "./diagnosis-view.ts";
import { eventWords, whoDid } from "./event-words.ts";
import type { Entry } from "./timeline-entry.ts";

/** Where a job stands in Bull Board. */
export type JobAddress = (job: Pick<FoundJob, "queue" | "id">) => string;

/** Everything that happened to an order, whoever knows of it, the latest first. */
export function timeline(facts: OrderFacts, jobAddress: JobAddress, mayAct: boolean): Html {
  const { id, currency } = facts.order;
  const entries = entriesOf(facts, jobAddress).sort((a, b) => b.at.getTime() - a.at.getTime());
  const address = (offer: Offer) => (mayAct ? formAddress(id, offer, currency) : null);
  return html`<ol class="timeline">${entries.map((entry) => entryView(entry, address))}</ol>`;
}

function entryView(entry: Entry, addressOf: (offer: Offer) => string | null): Html {
  const { id, at, tone, kind, title, badge, by, notes = [], offer } = entry;
  const address = offer ? addressOf(offer) : null;
  const shown = notes.filter((note) => note !== "" && note !== null);
  return html`<li id="${id}" class="${tone}">
<p class="what"><span class="kind">${kind}</span> <strong>${title}</strong> ${badge ?? ""}</p>
${shown.map((note) => html`<p class="note">${note}</p>`)}
<p class="when">${clock(at)}${by ? html` · ${by}` : ""}${
    offer && address ? html` · <a href="${address}">${offer.title}</a>` : ""
  }</p>
</li>
`;
}

function entriesOf(facts: OrderFacts, jobAddress: JobAddress): Entry[] {
  // Of one moment the later event stands above: facts come in the order they happened.
  return [
    ...eventEntries(facts),
    ...facts.payments.flatMap(({ declines }) => declines.map(declineEntry)),
    ...facts.inbox.map(inboxEntry),
    ...facts.messages.map(messageEntry),
    ...facts.deliveries.flatMap((delivery) => deliveryEntry(facts, delivery)),
    ...facts.acts.map(actEntry),
    ...facts.breaks.map(breakEntry),
    ...(facts.jobs ?? []).map((job) => jobEntry(job, jobAddress)),
  ];
}

function eventEntries({ events, payments }: OrderFacts): Entry[] {
  const knowsDeclines = payments.some(({ declines }) => declines.length > 0);
  return events
    .filter(({ event }) => event !== "operator_acted")
    .filter(({ event }) => !(event === "payment_declined" && knowsDeclines))
    .map(({ seq, event, actor, detail, at }) => ({
      id: `event-${seq}`,
      at,
      kind: "Order",
      by: whoDid(actor, { event, detail }),
      ...inOneLine(eventWords({ event, detail })),
    }))
    .reverse();
}

/** The few words of an event stand on one line, with points between. */
function inOneLine<Words extends { notes: Content[] }>(words: Words) {
  const line = words.notes.map((note, index) => (index === 0 ? note : html` · ${note}`));
  return { ...words, notes: line.length === 0 ? [] : [html`${line}`] };
}

type Decline = OrderFacts["payments"][number]["declines"][number];

function declineEntry({ chargeId, code, declineCode, at }: Decline): Entry {
  return {
    id: `decline-${chargeId}`,
    at,
    tone: "bad",
    kind: "Payment",
    title: "Declined by the bank",
    notes: [html`${inWords(declineCode ?? code)} <code>${chargeId}</code>`],
  };
}

const ways = { webhook: "came as a webhook", cursor: "found by asking Stripe" };

function inboxEntry({ id, type, source, status, receivedAt, settledAt, lastError }: InboxFact) {
  const took = settledAt && settledAt.getTime() - receivedAt.getTime();
  return {
    id: `inbox-${id}`,
    at: receivedAt,
    tone: lastError === null ? ("plain" as const) : ("bad" as const),
    kind: "Stripe",
    title: html`<code>${type}</code>`,
    badge: statusBadge(status),
    by: ways[source],
    notes: [
      html`<code>${id}</code>`,
      took !== null && took >= 1_000 ? `taken in after ${lengthOf(took)}` : null,
      lastError,
    ],
    offer: { act: "replay_webhook" as const, title: "Replay", input: { eventId: id } },
  };
}

function messageEntry(message: MessageFact): Entry {
  const { id, template, channel, status, sentAt, createdAt, reason, lastError, resendOf } = message;
  const { delivery, deliveryReason } = message;
  const isLost = delivery !== null && lostDeliveries.includes(delivery);
  const isBad = status === "failed" || lastError !== null || isLost;
  return {
    id: `sent-${id}`,
    at: sentAt ?? createdAt,
    tone: isBad ? "bad" : "plain",
    kind: channel === "sms" ? "SMS" : "E-mail",
    title: asTitle(template),
    badge: statusBadge(status),
    notes: [
      resendOf === null ? null : "sent again by an operator",
      delivery === null ? null : `its supplier says: ${inWords(delivery)}`,
      ...[reason, lastError, deliveryReason],
    ],
  };
}

function actEntry({ id, actor, act, subject, reason, at }: OrderFacts["acts"][number]): Entry {
  return {
    id: `act-${id}`,
    at,
    tone: "plain",
    kind: "Operator",
    title: asTitle(act),
    by: whoDid(actor),
    notes: [subject === null ? null : html`<code>${subject}</code>`, html`“${reason}”`],
  };
}

function breakEntry({ id, fault, status, outcome, foundAt }: OrderFacts["breaks"][number]): Entry {
  return {
    id: `break-${id}`,
    at: foundAt,
    tone: status === "open" ? "bad" : "plain",
    kind: "Books",
    title: `Stripe's books and ours: ${inWords(fault)}`,
    badge: statusBadge(status),
    notes: [outcome === null ? null : inWords(outcome)],
  };
}

function jobEntry(job: FoundJob, jobAddress: JobAddress): Entry {
  const { queue, id, rowId, kind, state, failedReason, attemptsMade, addedAt, finishedAt } = job;
  const among = job.rows > 1 ? `, one of ${job.rows} rows` : "";
  return {
    // One that carries two rows of the order stands here twice.
    id: `job-${rowId}-${id}`,
    at: finishedAt ?? addedAt,
    tone: state === "failed" ? "bad" : "busy",
    kind: "Job",
    title: html`<a href="${jobAddress(job)}">${asTitle(kind)}${among}</a>`,
    badge: statusBadge(state),
    by: `queue ${queue}`,
    notes: [failedReason, attemptsMade > 0 ? `tried ${attemptsMade} times` : null],
    offer:
      state === "failed"
        ? { act: "requeue_job", title: "Requeue", input: { queue, jobId: id } }
        : null,
  };
}
