import { type Content, type Html, html } from "../html.ts";
import { badge } from "../parts/badge.ts";
import { definitions } from "../parts/definitions.ts";
import { age, moment } from "../parts/moment.ts";
import { empty, pageHead, panel } from "../parts/notice.ts";
import { table } from "../parts/table.ts";
import { asTitle, count, inWords, lengthOf } from "../parts/words.ts";
import type { Health, InvariantRow, ProcessRow } from "./read-health.ts";

/** Whatever is due is taken up within seconds: this is long. */
const lateSeconds = 60;
/** The sweeper comes by each second. */
const inTimeMs = 2_000;

/** How Aurora itself is: its promises, its processes, and what it stands on. */
export function healthPage(health: Health): Html {
  return html`${pageHead("Health", summaryOf(health))}
<div class="columns">${panel("What Aurora stands on", groundView(health))}
${panel("Processes", processesView(health))}</div>
${promisesView(health)}
${panel("Stripe's books", cursorsView(health))}`;
}

function summaryOf({ invariants, processes, lag, isRedisReady, stripeAway }: Health): Html {
  const broken = invariants.filter((each) => each.broken > 0).length;
  const old = invariants.filter((each) => each.isOld).length;
  const silent = processes.filter((each) => each.silent && !each.replaced).length;
  const isLate = lag.overdueSeconds > lateSeconds;
  const faults = [
    broken > 0 && count(broken, "broken promise"),
    old > 0 && count(old, "promise that is not checked", "promises that are not checked"),
    silent > 0 && count(silent, "silent process", "silent processes"),
    lag.stopped && "nothing is written to Stripe",
    isLate && "work is overdue",
    !isRedisReady && "Redis is away",
    stripeAway !== null && "Stripe is away",
  ].filter((fault) => fault !== false);
  return faults.length === 0
    ? html`${badge("good", "All is well")}`
    : html`${badge("bad", "Needs a look")} ${faults.join(", ")}.`;
}

function groundView(health: Health): Html {
  const { isRedisReady, stripeAway, installation, now } = health;
  const writes = installation?.stoppedBecause
    ? html`<span class="alarm">stopped: ${installation.stoppedBecause}</span>`
    : "allowed";
  const account = installation?.stripeAccount ?? "not asked yet";
  const mode = installation?.livemode === true ? "live" : "test";
  const stamped = installation?.stampedAt ? moment(installation.stampedAt, now) : "never";
  const silence = html`${badge("bad", "does not answer")}
<div class="small-print">${stripeAway ?? ""}</div>`;
  return definitions([
    ["PostgreSQL", badge("good", "answers")],
    ["Redis", isRedisReady ? badge("good", "answers") : badge("bad", "does not answer")],
    ["Stripe", stripeAway === null ? badge("good", "answers") : silence],
    ["Oldest work", oldestWork(health)],
    ["Writes to Stripe", writes],
    ["Stripe's account", html`<span class="id">${account}</span> (${mode})`],
    ["Installation", html`<span class="id">${installation?.id ?? ""}</span>`],
    ["Stamped", stamped],
  ]);
}

/** How late whatever has waited longest is, and what it is. */
function oldestWork({ overdue, now }: Health): Content {
  const late = overdue === null ? 0 : now.getTime() - overdue.dueAt.getTime();
  if (overdue === null || late < inTimeMs) return "nothing is overdue";
  const { table: name, orderId, number } = overdue;
  const words = `${lengthOf(late)} overdue`;
  const length = late > lateSeconds * 1_000 ? html`<span class="alarm">${words}</span>` : words;
  const order =
    orderId === null ? "" : html`, order <a href="/ops/orders/${orderId}">${number}</a>`;
  return html`${length} (${inWords(name)}${order})`;
}

function processesView({ processes, now }: Health): Html {
  if (processes.length === 0) return empty("No process has shown itself yet");
  return table(
    "Processes and when they last showed themselves",
    [{ title: "Process", leads: true }, { title: "Last beat" }, { title: "Runs for" }],
    processes.map((process) => [
      html`${asTitle(process.role)}<div class="small-print id">${process.instance}</div>`,
      beatOf(process, now),
      age(process.startedAt, now),
    ]),
  );
}

function beatOf({ silent, replaced, at }: ProcessRow, now: Date): Content {
  if (!silent) return moment(at, now);
  return html`${replaced ? badge("over", "replaced") : badge("bad", "silent")} ${moment(at, now)}`;
}

/** What does not hold stands open; what does is long, and is folded. */
function promisesView({ invariants, now }: Health): Html {
  const title = "What must be true";
  if (invariants.length === 0) {
    const why = "The sweeper checks them a moment after it has started.";
    return panel(title, empty("Not checked yet", why));
  }
  const isSound = ({ broken, isOld }: InvariantRow) => broken === 0 && !isOld;
  const sound = invariants.filter(isSound);
  const doubtful = invariants.filter((each) => !isSound(each));
  const alarm =
    doubtful.length === 0 ? "" : panel(`${title}, and may not be`, promisesTable(doubtful, now));
  if (sound.length === 0) return html`${alarm}`;
  return html`${alarm}
<details class="panel" id="sound"><summary><h2>${title}</h2>
${badge("good", count(sound.length, "promise holds", "promises hold"))}</summary>
${promisesTable(sound, now)}</details>`;
}

function promisesTable(invariants: readonly InvariantRow[], now: Date): Html {
  return table(
    "Promises, and whether they hold",
    [
      { title: "Promise", leads: true },
      { title: "Looked at", align: "end" },
      { title: "Broken", align: "end" },
      { title: "When" },
    ],
    invariants.map((invariant) => [
      html`<span class="promise">${invariant.promise}</span>
<div class="small-print">${inWords(invariant.name)}</div>
${offendersOf(invariant)}`,
      invariant.examined.toLocaleString("en"),
      invariant.broken === 0 ? badge("good", "0") : badge("bad", `${invariant.broken}`),
      checkedView(invariant, now),
    ]),
  );
}

/** One that can't be checked in time says what was found long ago, or nothing yet. */
function checkedView({ checkedAt, isOld }: InvariantRow, now: Date): Content {
  if (!isOld) return moment(checkedAt, now);
  const when = checkedAt.getTime() === 0 ? "never" : moment(checkedAt, now);
  return html`${badge("bad", "not checked")} <span class="alarm">${when}</span>`;
}

/** The offending rows; one that names its order leads there. */
function offendersOf({ rows, broken }: InvariantRow): Content {
  if (broken === 0) return "";
  const first = rows.length < broken ? `, the first ${rows.length} of them` : "";
  return html`<details><summary>${count(broken, "row")}${first}</summary><ul class="offenders">
${rows.map(
  (row) => html`<li>${orderLink(row)} <code>${JSON.stringify(row)}</code></li>
`,
)}</ul></details>`;
}

function orderLink({ order_id: id, number }: Record<string, unknown>): Content {
  if (typeof id !== "string") return "";
  return html`<a href="/ops/orders/${id}">${typeof number === "string" ? number : "Order"}</a>`;
}

function cursorsView({ cursors, now }: Health): Html {
  return table(
    "What is read at Stripe, and how far",
    [
      { title: "List", leads: true },
      { title: "Read up to" },
      { title: "Next" },
      { title: "What was found" },
    ],
    cursors.map(({ name, position, dueAt, lastError, findings }) => [
      asTitle(name),
      moment(position, now),
      moment(dueAt, now),
      lastError
        ? html`<span class="alarm">${lastError}</span>`
        : html`<span class="small-print">${findingsOf(findings)}</span>`,
    ]),
  );
}

function findingsOf(findings: Record<string, unknown>): string {
  const numbers = Object.entries(findings).filter(([, value]) => typeof value === "number");
  if (numbers.length === 0) return "nothing yet";
  return numbers.map(([what, value]) => `${inWords(what)} ${value}`).join(", ");
}
