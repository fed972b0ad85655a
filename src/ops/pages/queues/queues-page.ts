import { boardPath } from "../../board/board.ts";
import { type Content, type Html, html } from "../html.ts";
import { badge } from "../parts/badge.ts";
import { definitions } from "../parts/definitions.ts";
import { age } from "../parts/moment.ts";
import { empty, pageHead, panel } from "../parts/notice.ts";
import { sparkline } from "../parts/sparkline.ts";
import { asTitle, count } from "../parts/words.ts";
import type { QueueNow } from "./read-queues.ts";

/** What each queue is for, in the words of its worker. */
const purposes: Record<QueueNow["name"], string> = {
  reservation: "Holds the stock of new orders.",
  payment: "Starts, closes and refunds payments at Stripe.",
  status: "Reads at Stripe how payments stand.",
  notification: "Sends mail and SMS.",
};

/** Jobs that are older than this wait because nobody works them, or too few do. */
const oldSeconds = 60;

/** How the queues stand; null when Redis does not answer. */
export function queuesPage(queues: readonly QueueNow[] | null, now: Date): Html {
  const head = pageHead("Queues", "What waits for the workers at this moment, and the last hour.");
  if (queues === null) {
    return html`${head}<div class="panel">${empty(
      "Redis does not answer",
      "Orders are accepted all the same: what waits stands in PostgreSQL and goes on by itself.",
    )}</div>`;
  }
  const views = queues.map((queue) => queueView(queue, now));
  return html`${head}<div class="columns pairs">${views}</div>`;
}

function queueView(
  { name, waiting, active, delayed, failed, ...queue }: QueueNow,
  now: Date,
): Html {
  const address = `${boardPath}/queue/${name}`;
  const failures: Content =
    failed === 0 ? "0" : html`<a href="${address}?status=failed">${badge("bad", `${failed}`)}</a>`;
  return panel(
    asTitle(name),
    html`<p class="soft">${purposes[name]}</p>
${definitions([
  ["Waiting", `${waiting}`],
  ["Oldest waits for", oldest(queue.oldestAt, now)],
  ["Being worked", `${active}`],
  ["For later", `${delayed}`],
  ["Failed for good", failures],
  ["Done", html`${rate(queue.completed)}${chart(queue.completed, `${name}: jobs done`)}`],
  ["Failures", html`${rate(queue.failures)}${chart(queue.failures, `${name}: jobs failed`)}`],
])}`,
    html`<a href="${address}">Bull Board</a>`,
  );
}

function oldest(at: Date | null, now: Date): Content {
  if (at === null) return "nothing waits";
  const isOld = now.getTime() - at.getTime() > oldSeconds * 1_000;
  return isOld ? html`<span class="alarm">${age(at, now)}</span>` : age(at, now);
}

function rate(perMinute: readonly number[]): string {
  const sum = perMinute.reduce((all, each) => all + each, 0);
  if (sum === 0) return "none in the last hour";
  return `${sum.toLocaleString("en")} in the last hour`;
}

function chart(perMinute: readonly number[], what: string): Content {
  const sum = perMinute.reduce((all, each) => all + each, 0);
  const words = `${what} per minute over ${count(perMinute.length, "minute")}, ${sum} in all`;
  return sum === 0 ? "" : sparkline(perMinute, words);
}
