import type { ActName } from "../../acts/act.ts";
import type { DiagnosisCode } from "../../diagnosis.ts";
import { formAddress } from "../acts/act-fields.ts";
import { type Content, type Html, html } from "../html.ts";
import { age } from "../parts/moment.ts";
import { money, type Sum, sums } from "../parts/money.ts";
import { empty, notice, pageHead } from "../parts/notice.ts";
import { table } from "../parts/table.ts";
import { count, withoutNumber } from "../parts/words.ts";
import { type Filter, filtersView } from "./filters.ts";

/** One order that needs a hand. */
export type ProblemRow = {
  orderId: string;
  number: string;
  sentence: string;
  /** What else is the matter, by its titles. */
  also: readonly string[];
  since: Date | null;
  atStakeMinor: number;
  currency: string;
  recommended: { act: ActName; title: string; input: Record<string, unknown> } | null;
};

/** All orders with the same thing the matter. */
export type ProblemGroup = {
  code: DiagnosisCode;
  title: string;
  help: string;
  count: number;
  oldest: Date | null;
  atStake: readonly Sum[];
  /** The oldest of them; the others are found by the filter. */
  rows: readonly ProblemRow[];
};

export type Inbox = {
  now: Date;
  groups: readonly ProblemGroup[];
  /** What can be filtered by: all groups that there are. */
  choices: readonly { code: string; title: string }[];
  /** What is wrong with Aurora rather than with one order. */
  system: readonly { title: string; sentence: string }[];
  /** How many payments were found since midnight though nobody told of them. */
  mendedToday: number;
  filter: Filter;
  /** More orders may be in trouble than were looked at: counts and sums are the least. */
  isPartial: boolean;
  mayAct: boolean;
};

/** The inbox: what needs a hand, why, how much money hangs on it, and which button is right. */
export function problemsPage(inbox: Inbox): Html {
  const { groups, choices, system, filter } = inbox;
  const all = groups.reduce((sum, group) => sum + group.count, 0);
  const least = inbox.isPartial ? "At least " : "";
  const isFiltered = filter.code !== null || filter.olderThanMinutes !== null;
  return html`${pageHead(
    "Problems",
    all === 0 ? null : html`${least}${count(all, "order needs", "orders need")} a hand.`,
  )}
${system.map(({ title, sentence }) =>
  notice({ tone: "bad", text: html`<strong>${title}.</strong> ${sentence}` }),
)}
${
  inbox.isPartial
    ? notice({
        tone: "busy",
        text: `There are more orders in trouble than are looked at at once: the most serious are
here. What is below is not all.`,
      })
    : ""
}
${all > 0 || isFiltered ? filtersView(filter, choices) : ""}
${all > 0 ? groups.map((group) => groupView(group, inbox)) : nothing(inbox, isFiltered)}`;
}

function nothing({ mendedToday }: Inbox, isFiltered: boolean): Html {
  if (isFiltered) {
    return html`<div class="panel">${empty(
      "No order fits.",
      html`<a href="/ops">Show all problems</a>`,
    )}</div>`;
  }
  const mended =
    mendedToday === 0
      ? "Everything is where it should be."
      : `Aurora found ${count(mendedToday, "payment")} by itself today whose webhook did not come.`;
  return html`<div class="panel">${empty("No order needs a hand.", mended)}</div>`;
}

function groupView(group: ProblemGroup, { now, mayAct, isPartial }: Inbox): Html {
  const { code, title, help, oldest, atStake, rows } = group;
  const canBulk = mayAct && rows.filter(({ recommended }) => recommended !== null).length > 1;
  const list = table(
    title,
    [
      ...(canBulk ? [{ title: "Choose", quiet: true }] : []),
      { title: "Order", leads: true },
      { title: "What is the matter" },
      { title: "For", align: "end" as const },
      { title: "At stake", align: "end" as const },
      ...(mayAct ? [{ title: "What helps", quiet: true }] : []),
    ],
    rows.map((row) => ({
      href: `/ops/orders/${row.orderId}`,
      cells: cellsOf(row, now, canBulk, mayAct),
    })),
  );
  const counted = isPartial ? `${group.count}+` : `${group.count}`;
  return html`<section class="panel group" id="group-${code}" aria-labelledby="title-${code}">
<header><div><h2 id="title-${code}">${title} <span class="badge">${counted}</span></h2>
<p>${help}</p></div>
<dl class="figures"><div><dt>Oldest</dt><dd>${oldest === null ? "–" : age(oldest, now)}</dd></div>
<div><dt>At stake</dt><dd>${isPartial ? "at least " : ""}${sums(atStake)}</dd></div></dl></header>
${canBulk ? bulkForm(group, list) : list}
${moreLink(group)}
</section>
`;
}

function cellsOf(row: ProblemRow, now: Date, canBulk: boolean, mayAct: boolean): Content[] {
  const { orderId, number, sentence, also, since, atStakeMinor, currency, recommended } = row;
  const pick = html`<label class="pick"><input type="checkbox" name="order" value="${orderId}"
    id="pick-${orderId}"><span class="unseen">Order ${number}</span></label>`;
  const help = recommended
    ? html`<a class="button" href="${formAddress(orderId, recommended, currency)}">${
        recommended.title
      }<span class="unseen">: order ${number}</span></a>`
    : html`<span class="soft">Look at it</span>`;
  return [
    ...(canBulk ? [pick] : []),
    html`<a href="/ops/orders/${orderId}">${number}</a>`,
    html`<span class="sentence">${withoutNumber(sentence, number)}</span>${
      also.length === 0 ? "" : html`<div class="small-print">And: ${also.join("; ")}.</div>`
    }`,
    since === null ? "" : age(since, now),
    atStakeMinor === 0 ? "" : money(atStakeMinor, currency),
    ...(mayAct ? [help] : []),
  ];
}

/** Without a choice it means all of them: so the button works without JavaScript too. */
function bulkForm({ code, rows }: ProblemGroup, list: Html): Html {
  const [title, ...others] = new Set(rows.flatMap((row) => row.recommended?.title ?? []));
  const what = others.length === 0 ? `${title} for several…` : "Do what helps for several…";
  return html`<form action="/ops/bulk"><input type="hidden" name="code" value="${code}">
${rows.map((row) => html`<input type="hidden" name="shown" value="${row.orderId}">`)}
${list}
<div class="bulk">
<label class="scripts-only"><input type="checkbox" data-all="order">Choose all</label>
<button>${what}</button>
<span class="small-print">For those that are chosen, or for all ${rows.length}. First it is shown
what would happen.</span>
</div>
</form>`;
}

function moreLink({ code, count: all, rows }: ProblemGroup): Content {
  if (all <= rows.length) return null;
  return html`<p><a href="/ops?code=${code}">Show all ${all}</a></p>`;
}
