import type { Context } from "hono";
import type { OpsEnv } from "../../access/authenticate.ts";
import { type EndpointActName, endpointActs } from "../../endpoints/endpoint-acts.ts";
import type { EndpointState } from "../../endpoints/read-endpoints.ts";
import { type Content, type Html, html } from "../html.ts";
import { statusBadge } from "../parts/badge.ts";
import { moment } from "../parts/moment.ts";
import { empty, pageHead } from "../parts/notice.ts";
import { table } from "../parts/table.ts";
import { count, inWords } from "../parts/words.ts";
import type { Show } from "../show.ts";
import { webhookTabs } from "./webhook-tabs.ts";

export const outHome = "/ops/webhooks/out";

/** The other systems that are told of orders, and how each takes it. */
export function outPage(endpoints: readonly EndpointState[], now: Date): Html {
  return html`${pageHead("Webhooks", "What other systems are told, and whether they hear it.")}
${webhookTabs("out")}
<div class="panel">${
    endpoints.length === 0
      ? empty("Nobody listens", "A shop's server adds an endpoint by POST /v1/webhook-endpoints.")
      : endpointTable(endpoints, now)
  }</div>`;
}

function endpointTable(endpoints: readonly EndpointState[], now: Date): Html {
  return table(
    "Endpoints, those in trouble first",
    [
      { title: "Endpoint", leads: true },
      { title: "Status" },
      { title: "Shop" },
      { title: "Waiting" },
      { title: "Heard us last" },
    ],
    endpoints.map((endpoint) => ({
      href: `${outHome}/${endpoint.id}`,
      cells: [
        html`<a href="${outHome}/${endpoint.id}">${shortUrl(endpoint)}</a>
<div class="small-print">${endpoint.description ?? typesOf(endpoint)}</div>`,
        standing(endpoint, now),
        endpoint.shopName,
        waitingOf(endpoint, now),
        endpoint.lastSuccessAt ? moment(endpoint.lastSuccessAt, now) : "never",
      ],
    })),
  );
}

export function shortUrl({ url }: Pick<EndpointState, "url">): string {
  if (!URL.canParse(url)) return url;
  const { host, pathname } = new URL(url);
  return `${host}${pathname === "/" ? "" : pathname}`;
}

export function typesOf({ eventTypes }: Pick<EndpointState, "eventTypes">): string {
  return eventTypes === null ? "every event" : eventTypes.map(inWords).join(", ");
}

/** The status, and why it is no good one. */
export function standing(endpoint: EndpointState, now: Date): Html {
  const { status, failure, downSince } = endpoint;
  const since = downSince ? html` Down since ${moment(downSince, now)}.` : "";
  const trouble =
    failure === null ? "" : html`<div class="small-print alarm">${failure}${since}</div>`;
  return html`${statusBadge(status)}${trouble}`;
}

export function waitingOf({ waiting, oldest }: EndpointState, now: Date): Content {
  if (waiting === 0 || oldest === null) return "nothing";
  return html`${count(waiting, "webhook")}, the oldest from ${moment(oldest, now)}`;
}

/** What can be done to an endpoint as it stands. */
export function offersFor({ id, status }: EndpointState): Html[] {
  const names: EndpointActName[] =
    status === "disabled"
      ? ["enable_endpoint"]
      : ["replay_events", "try_endpoint", "disable_endpoint"];
  return names.map(
    (name) => html`<a class="button" href="${outHome}/${id}/acts/${name}">${
      endpointActs[name].title
    }</a>
`,
  );
}

export function nothingThere(c: Context<OpsEnv>, show: Show): Promise<Response> {
  const words = html`Look at all of them under <a href="${outHome}">Webhooks, Out</a>.`;
  const content = html`${pageHead("Webhooks")}${empty("There is no such endpoint", words)}`;
  return show(c, { title: "No such endpoint", current: "webhooks", content }, 404);
}
