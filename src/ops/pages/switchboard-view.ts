import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Panel } from "../switchboard/control.ts";

type Html = HtmlEscapedString | Promise<HtmlEscapedString>;
type Act = { id: string; label: string };

/** The whole Switchboard: an order to watch, the faults to cause, and what was done. */
export function panelView({ switches, customers, orders, done }: Panel): Html {
  const groups = [...new Set(switches.map(({ group }) => group))];
  return html`<h1>Switchboard</h1>
<p class="soft">Only in this local world: cause the very faults that Aurora is made for, and watch
orders heal on their pages.</p>
${doneView(done)}
<form method="post" action="/ops/switchboard/normal"><button>All back to normal</button></form>
${customers.length === 0 ? "" : placeView(customers)}
${groups.map((group) => groupView(group, switches))}
${orders.length === 0 ? "" : ordersView(orders)}`;
}

function doneView(done: Panel["done"]): Html {
  if (done.length === 0) return html`<p class="soft" role="status">Nothing was done here yet.</p>`;
  return html`<ol role="status">${done.map(
    ({ at, sentence }) =>
      html`<li><time datetime="${at}">${at.slice(11, 19)}</time> ${sentence}</li>`,
  )}</ol>`;
}

function placeView(customers: Panel["customers"]): Html {
  return html`<section aria-labelledby="place"><h2 id="place">Place an order</h2>
<form method="post" action="/ops/switchboard/customers">
<fieldset><legend>Its customer</legend>${customers.map(
    ({ id, label, happens }, index) => html`<label>
<input type="radio" name="customer" value="${id}"${index === 0 ? " checked" : ""}>
<span>${label} <span class="soft">${happens}</span></span></label>`,
  )}</fieldset>
<button>Place it and watch</button>
</form></section>`;
}

function groupView(group: string, switches: Panel["switches"]): Html {
  return html`<section><h2>${group}</h2>${switches
    .filter((each) => each.group === group)
    .map(
      (each) => html`<article id="${each.id}"><h3>${each.title}
<span class="badge">${each.state ?? "as usual"}</span></h3>
<p>${each.happens} <span class="soft">${each.watch}</span></p>
${actsView(`/ops/switchboard/switches/${each.id}`, each.acts, each.title)}</article>`,
    )}</section>`;
}

function ordersView(orders: Panel["orders"]): Html {
  return html`<section><h2>What customers and banks do next</h2><ul>${orders.map(
    ({ id, number, status, acts }) => html`<li><a href="/ops/orders/${id}">${number}</a>
<span class="badge">${status}</span>
${actsView(`/ops/switchboard/orders/${id}`, acts, `order ${number}`)}</li>`,
  )}</ul></section>`;
}

function actsView(action: string, acts: readonly Act[], about: string): Html {
  if (acts.length === 0) return html``;
  return html`<form method="post" action="${action}">${acts.map(
    ({ id, label }) => html`<button name="act" value="${id}"
 aria-label="${label}: ${about}">${label}</button> `,
  )}</form>`;
}

export function awayView(why: string): Html {
  return html`<h1>Switchboard</h1>
<p role="alert">${why}</p>
<p><a href="/ops/switchboard">Back to the Switchboard</a></p>`;
}
