import {
  type ComparedField,
  type ComparedRecord,
  compareRecords,
} from "../../acts/compare-records.ts";
import type { OrderFacts } from "../../facts/facts.ts";
import { type Content, type Html, html } from "../html.ts";
import { badge } from "../parts/badge.ts";
import { moment } from "../parts/moment.ts";
import { moneyText } from "../parts/money.ts";
import { notice, panel } from "../parts/notice.ts";
import { asTitle, count, inWords } from "../parts/words.ts";

/** Our record beside Stripe's, with what differs marked. */
export function recordsView(facts: OrderFacts): Html {
  const records = [...compareRecords(facts), ...recordsOfOurs(facts)];
  const differences = records.flatMap(({ rows }) => rows.filter(({ differs }) => differs));
  const isLive = liveModeOf(facts);
  return panel(
    "Our record and Stripe's",
    html`${saidByStripe(facts)}${
      records.length === 0
        ? html`<p class="soft">No payment was opened yet: there is nothing to compare.</p>`
        : records.map((record) => recordView(record, isLive))
    }`,
    html`${differenceBadge(facts, differences.length)} ${askedAt(facts)} ${askAgain(facts)}`,
  );
}

/** What Stripe was not asked about, or gave no answer to: our side alone. */
function recordsOfOurs({ payments, stripe }: OrderFacts): ComparedRecord[] {
  const told = new Set(
    stripe.state === "answered" ? stripe.intents.map(({ paymentId }) => paymentId) : [],
  );
  return payments
    .filter(({ id }) => !told.has(id))
    .map((payment) => ({
      kind: "payment" as const,
      id: payment.id,
      stripeId: payment.intentId,
      title: payment.provider === "external" ? "Paid by other means" : `Payment ${payment.attempt}`,
      rows: [
        ours("status", payment.status),
        ours("amount", moneyText(payment.amountMinor, payment.currency)),
        ours(
          "money taken",
          moneyText(payment.capturedMinor, payment.capturedCurrency ?? payment.currency),
        ),
        ...(payment.reference === null ? [] : [ours("reference", payment.reference)]),
      ],
    }));
}

function ours(field: string, value: string): ComparedField {
  return { field, ours: value, stripes: null, differs: false };
}

function liveModeOf({ stripe }: OrderFacts): boolean {
  if (stripe.state !== "answered") return false;
  return stripe.intents.some(({ intent }) => intent !== "missing" && intent.livemode);
}

function saidByStripe({ stripe }: OrderFacts): Content {
  if (stripe.state !== "unreachable") return null;
  return notice({
    tone: "busy",
    text: html`Stripe can't be asked at this moment: ${stripe.reason} What stands here is our own
record; Aurora asks again by itself.`,
  });
}

function differenceBadge({ stripe }: OrderFacts, differences: number): Content {
  if (stripe.state !== "answered") return null;
  if (differences === 0) return badge("good", "They agree");
  return badge("bad", count(differences, "difference"));
}

function askedAt({ stripe, now }: OrderFacts): Content {
  if (stripe.state !== "answered") return null;
  const at = new Date(stripe.observedAt);
  return html`<span class="small-print">asked ${moment(at, now)}</span>`;
}

function askAgain({ order, payments }: OrderFacts): Content {
  if (!payments.some(({ intentId }) => intentId !== null)) return null;
  const href = `/ops/orders/${order.id}?stripe=now`;
  return html`<a class="button quiet" href="${href}">Ask again</a>`;
}

function recordView({ kind, id, stripeId, title, rows }: ComparedRecord, isLive: boolean): Html {
  return html`<div class="record" id="record-${id ?? stripeId}">
<p class="record-head"><strong>${title}</strong> ${addressOf(kind, stripeId, isLive)}</p>
<table class="compare">
<caption class="unseen">${title}, as it stands here and at Stripe</caption>
<thead><tr><th scope="col"><span class="unseen">What</span></th><th scope="col">Our record</th>
<th scope="col">Stripe's record</th></tr></thead>
<tbody>${rows.map(fieldRow)}</tbody></table>
</div>
`;
}

const unknown = html`<span class="soft">–<span class="unseen"> not known</span></span>`;

function fieldRow({ field, ours, stripes, differs }: ComparedField): Html {
  const mark = differs ? badge("bad", "differs") : "";
  return html`<tr${differs ? html` class="differs"` : ""}><th scope="row">${asTitle(field)}</th>
<td>${ours === null ? unknown : inWords(ours)}</td>
<td>${stripes === null ? unknown : inWords(stripes)} ${mark}</td></tr>
`;
}

const places = { payment: "payments", refund: "refunds", dispute: "disputes" };

/** Where it is found in Stripe's own pages. */
function addressOf(
  kind: ComparedRecord["kind"],
  stripeId: string | null,
  isLive: boolean,
): Content {
  if (stripeId === null) return null;
  const place = `${isLive ? "" : "test/"}${places[kind]}/${stripeId}`;
  return html`<a href="https://dashboard.stripe.com/${place}" rel="noreferrer"
 target="_blank"><code>${stripeId}</code> at Stripe</a>`;
}
