import type { Panel } from "../../switchboard/control.ts";
import { type Content, type Html, html } from "../html.ts";
import { badge, statusBadge } from "../parts/badge.ts";
import { notice, pageHead, panel } from "../parts/notice.ts";

const home = "/ops/switchboard";

/** A form's proof that it is ours; who may not act sees no form. */
export type MayAct = { act: boolean; csrf: Html };

/** The whole Switchboard: an order to watch, the faults to cause, and what was done. */
export function panelView({ switches, customers, orders, done }: Panel, may: MayAct): Html {
  const groups = [...new Set(switches.map(({ group }) => group))];
  const words = `Only in this local world: cause the very faults that Aurora is made for, and watch
an order heal on its page.`;
  return html`${pageHead("Switchboard", words, backToNormal(switches, may))}
<div class="boards">
<div>${groups.map((group) => faults(group, switches, may))}</div>
<div>${customers.length === 0 || !may.act ? "" : placing(customers, may)}${
    orders.length === 0 ? "" : answering(orders, may)
  }${panel("What was done here", doing(done))}</div>
</div>`;
}

function backToNormal(switches: Panel["switches"], may: MayAct): Html {
  const broken = switches.filter(({ state }) => state !== null).length;
  return html`${broken > 0 ? badge("busy", `${broken} on`) : badge("good", "all as usual")}
${may.act ? form("normal", may, html`<button>All back to normal</button>`) : ""}`;
}

function placing(customers: Panel["customers"], may: MayAct): Html {
  const choices = customers.map(
    ({ id, label, happens }, index) => html`<label class="choice">
<input type="radio" name="customer" value="${id}"${index === 0 ? html` checked` : ""}>
<span>${label}<span class="small-print">${happens}</span></span></label>`,
  );
  return panel(
    "Place an order",
    html`<div class="body">${form(
      "customers",
      may,
      html`<fieldset><legend class="label">Its customer</legend>${choices}</fieldset>
<button class="primary">Place it and watch</button>`,
    )}</div>`,
  );
}

function faults(group: string, switches: Panel["switches"], may: MayAct): Html {
  const own = switches.filter((each) => each.group === group);
  return panel(group, html`<ul class="switches">${own.map((each) => faultView(each, may))}</ul>`);
}

type Fault = Panel["switches"][number];

function faultView({ id, title, state, happens, watch, acts }: Fault, may: MayAct): Html {
  const own = `switches-${id}`;
  return html`<li id="${own}"><div><h3 id="${own}-title">${title}</h3>${
    state === null ? "" : badge("busy", state)
  }</div>
<p>${happens} <span class="soft">${watch}</span></p>
${choosing(`switches/${id}`, acts, `${own}-title`, may)}</li>`;
}

function answering(orders: Panel["orders"], may: MayAct): Html {
  const rows = orders.map(
    ({ id, number, status, acts }) => html`<li id="orders-${id}"><div>
<a id="orders-${id}-title" href="/ops/orders/${id}">${number}</a>${statusBadge(status)}</div>
${choosing(`orders/${id}`, acts, `orders-${id}-title`, may)}</li>`,
  );
  return panel("What becomes of orders next", html`<ul class="switches orders">${rows}</ul>`);
}

type Act = { id: string; label: string };

function choosing(path: string, acts: readonly Act[], aboutId: string, may: MayAct): Html {
  if (acts.length === 0 || !may.act) return html``;
  const buttons = acts.map(
    ({ id, label }) =>
      html`<button name="act" value="${id}" aria-describedby="${aboutId}">${label}</button>`,
  );
  return form(path, may, buttons);
}

function form(path: string, { csrf }: MayAct, content: Content): Html {
  return html`<form method="post" action="${home}/${path}">${csrf}${content}</form>`;
}

function doing(done: Panel["done"]): Html {
  if (done.length === 0) return html`<p class="soft">Nothing yet.</p>`;
  const rows = done.map(
    ({ at, sentence }) => html`<li><time class="soft" datetime="${at}">${at.slice(11, 19)}</time>
<span>${sentence}</span></li>`,
  );
  return html`<ol class="body done">${rows}</ol>`;
}

/** The world has said no, or says nothing. */
export function awayView(why: string): Html {
  return html`${pageHead("Switchboard")}${notice({ tone: "bad", text: why })}
<p><a href="${home}">Back to the Switchboard</a></p>`;
}
