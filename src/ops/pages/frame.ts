import { may, type Operator } from "../access/roles.ts";
import { scriptPath } from "./assets.ts";
import { type Html, html } from "./html.ts";
import { destinationsOf, type PageKey } from "./nav.ts";
import { document } from "./page.ts";
import { type Notice, notice } from "./parts/notice.ts";

/** What the frame says around every page. */
export type Surroundings = {
  operator: Operator;
  /** The hidden field that proves that a form is ours. */
  csrf: Html;
  /** How many problems there are, such as 12 or 500+; null when that is not known. */
  problems: string | null;
  /** What everybody must know at this moment, such as that Stripe is in test mode. */
  notices: readonly Notice[];
  hasSwitchboard: boolean;
};

/** What a page brings into the frame. */
export type View = {
  title: string;
  current?: PageKey;
  /** What the page is brought up to date by, from `live.begin(...)`. */
  live?: { watch: string; seen: string };
  /** What an act that led here has done. */
  flash?: Notice | null;
  /** What was searched for. */
  query?: string;
  content: Html;
};

/** A page's address is asked again after so many seconds where scripts don't run. */
const refreshSeconds = 30;

/** A page of the operators, with all that stands around it. */
export function framed(around: Surroundings, view: View): Html {
  const { live } = view;
  const stream = live && `/ops/live?${new URLSearchParams(live)}`;
  return document(
    {
      title: view.title,
      bodyClass: "ops",
      head: html`<script src="${scriptPath}" defer></script>
${
  live
    ? html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}"></noscript>
`
    : ""
}`,
    },
    html`<a class="skip" href="#main">Skip to the page</a>
${top(around, view)}
<div class="notices" id="notices">${around.notices.map(notice)}${
      view.flash ? notice(view.flash) : ""
    }</div>
<main id="main" tabindex="-1"${stream ? html` data-live="${stream}"` : ""}>
${view.content}
</main>
${foot()}`,
  );
}

function top(around: Surroundings, view: View): Html {
  const persons = may(around.operator, "operator") ? " e-mail, phone," : "";
  const placeholder = `Order,${persons} payment, SKU`;
  return html`<header class="top">
<div class="bar">
<a class="brand" href="/ops">${mark}Aurora</a>
<form class="search" role="search" action="/ops/search">
<label class="unseen" for="q">Search orders, payments, goods</label>
<input type="search" id="q" name="q" value="${view.query ?? ""}" maxlength="200"
  placeholder="${placeholder}" autocomplete="off" spellcheck="false">
<kbd class="scripts-only" aria-hidden="true">/</kbd>
</form>
${who(around)}
</div>
<nav class="tabs" id="tabs" aria-label="Pages"><ul>${tabs(around, view)}</ul></nav>
</header>`;
}

function who({ operator: { name, role }, csrf }: Surroundings): Html {
  return html`<div class="who"><span title="Signed in as ${name}">${name}
<span class="soft">${role}</span></span>
<form method="post" action="/ops/logout">${csrf}<button class="quiet">Sign out</button></form>
</div>`;
}

function tabs({ problems, hasSwitchboard }: Surroundings, view: View): Html[] {
  return destinationsOf({ hasSwitchboard }).map(({ key, href, text }) => {
    const isCurrent = key === view.current;
    const count = key === "problems" ? countView(problems) : "";
    return html`<li><a href="${href}"${isCurrent ? html` aria-current="page"` : ""}>${text}${
      count
    }</a></li>`;
  });
}

/** That nothing is known must not look like a good day. */
function countView(problems: string | null): Html | "" {
  if (problems === null) {
    return html` <span class="count" title="The problems could not be counted">?</span>`;
  }
  return problems === "0" ? "" : html` <span class="count">${problems}</span>`;
}

/** Three curtains of light. */
const mark = html`<svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
<path class="sky" d="M3 18C5 9 8 5 11 3"/><path class="sky" d="M8 18.5c1-6 3.500-9.500 6-11.500"/>
<path class="sky" d="M13 19c.8-3.500 2.500-6 5-7.500"/></svg>`;

function foot(): Html {
  return html`<footer class="foot"><span>Times are UTC.</span>
<span class="scripts-only"><kbd>?</kbd> shows the keys.</span></footer>
<p id="news" class="unseen" role="status"></p>
<dialog id="keys" aria-labelledby="keys-title">
<h2 id="keys-title">Keys</h2>
<dl class="keys">
<div><dt><kbd>/</kbd></dt><dd>Search</dd></div>
<div><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>Next and previous in a list</dd></div>
<div><dt><kbd>Enter</kbd></dt><dd>Open what is marked</dd></div>
<div><dt><kbd>?</kbd></dt><dd>This help</dd></div>
</dl>
<form method="dialog"><button>Close</button></form>
</dialog>`;
}
