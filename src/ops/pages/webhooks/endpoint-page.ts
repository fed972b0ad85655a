import { type DeliveryStatus, deliveryStatuses } from "../../../webhooks/lifecycle.ts";
import type { DeliveryView } from "../../../webhooks/list-deliveries.ts";
import type { EndpointState } from "../../endpoints/read-endpoints.ts";
import { type Content, type Html, html } from "../html.ts";
import { statusBadge } from "../parts/badge.ts";
import { definitions } from "../parts/definitions.ts";
import { clock, moment } from "../parts/moment.ts";
import { empty, pageHead, panel } from "../parts/notice.ts";
import { pager } from "../parts/pager.ts";
import { table } from "../parts/table.ts";
import { asTitle, count } from "../parts/words.ts";
import { offersFor, outHome, shortUrl, standing, typesOf, waitingOf } from "./out-page.ts";
import { webhookTabs } from "./webhook-tabs.ts";

export type EndpointView = {
  now: Date;
  endpoint: EndpointState;
  status: DeliveryStatus | null;
  deliveries: readonly DeliveryView[];
  older: string | null;
  newest: string | null;
  mayAct: boolean;
};

/** One endpoint: how it stands, what can be done about it, and what it was told. */
export function endpointPage(view: EndpointView): Html {
  const { endpoint, deliveries, now, older, newest, mayAct } = view;
  const offers = mayAct ? html`<div class="buttons">${offersFor(endpoint)}</div>` : null;
  return html`${pageHead(shortUrl(endpoint), endpoint.description ?? endpoint.shopName, offers)}
${webhookTabs("out")}
${panel("How it stands", stateView(endpoint, now))}
${filter(view)}
<div class="panel">${
    deliveries.length === 0 ? empty("Nothing fits") : logTable(deliveries, now)
  }${pager({ newer: newest, older })}</div>`;
}

function stateView(endpoint: EndpointState, now: Date): Html {
  const { url, disabledBy, nextProbeAt, lastSuccessAt, oldSecretUntil, failures } = endpoint;
  return definitions([
    ["Status", standing(endpoint, now)],
    disabledBy ? ["Disabled by", who(disabledBy)] : null,
    failures > 0 ? ["Failed in a row", count(failures, "time")] : null,
    nextProbeAt ? ["Asked again", moment(nextProbeAt, now)] : null,
    ["Heard us last", lastSuccessAt ? moment(lastSuccessAt, now) : "never"],
    ["Waiting", waitingOf(endpoint, now)],
    endpoint.failed > 0 ? ["Given up", count(endpoint.failed, "webhook")] : null,
    ["Address", html`<code>${url}</code>`],
    ["Is told of", typesOf(endpoint)],
    oldSecretUntil ? ["Its old secret signs until", clock(oldSecretUntil)] : null,
    ["Shop", endpoint.shopName],
  ]);
}

function who(disabledBy: string): string {
  return disabledBy === "failure" ? "Aurora: it failed for three days" : disabledBy;
}

function filter({ endpoint, status }: EndpointView): Html {
  const options = deliveryStatuses.map(
    (each) =>
      html`<option value="${each}"${each === status ? html` selected` : ""}>${asTitle(
        each,
      )}</option>`,
  );
  return html`<form class="filters" action="${outHome}/${endpoint.id}">
<div><label for="status">Status</label>
<select id="status" name="status"><option value="">All</option>${options}</select></div>
<button>Show</button>
</form>`;
}

function logTable(deliveries: readonly DeliveryView[], now: Date): Html {
  return table(
    "What it was told, the latest first",
    [
      { title: "Event", leads: true },
      { title: "Status" },
      { title: "Order" },
      { title: "Tries" },
      { title: "When" },
    ],
    deliveries.map((delivery) => cellsOf(delivery, now)),
  );
}

const kinds = { event: "", replay: "told again", test: "a trial" };

function cellsOf(delivery: DeliveryView, now: Date): Content[] {
  const { id, event, kind, seq, status, reason, orderId, orderNumber, nextTryAt } = delivery;
  const next = nextTryAt && delivery.attempts.length > 0 ? moment(nextTryAt, now) : null;
  return [
    html`${event === null ? "webhook.test" : asTitle(event)}${seq === null ? "" : ` (${seq})`}
<div class="small-print id" id="delivery-${id}">${id}</div>
<div class="small-print">${kinds[kind]}</div>`,
    html`${statusBadge(status)}${
      reason === null ? "" : html`<div class="small-print alarm">${reason}</div>`
    }${next === null ? "" : html`<div class="small-print">next try ${next}</div>`}`,
    orderId === null ? "" : html`<a href="/ops/orders/${orderId}">${orderNumber}</a>`,
    attemptsView(delivery),
    moment(delivery.createdAt, now),
  ];
}

function attemptsView({ id, attempts }: DeliveryView): Content {
  if (attempts.length === 0) return "none yet";
  const rows = attempts.map(
    ({ at, milliseconds, httpStatus, reason, answer }) => html`<li>${clock(new Date(at))}
<div class="small-print">${httpStatus ?? "no answer"} after ${milliseconds} ms${
      reason === null || httpStatus !== null ? "" : `: ${reason}`
    }</div>${answer === null ? "" : html`<code class="small-print">${answer}</code>`}</li>`,
  );
  const summary = count(attempts.length, "try", "tries");
  return html`<details id="attempts-${id}"><summary>${summary}</summary>
<ol class="attempts">${rows}</ol></details>`;
}
