import { type Content, type Html, html } from "../html.ts";
import { pageHead, panel } from "../parts/notice.ts";

/** One thing that was found, and where its page is. */
export type HitView = { href: string; title: Content; about: Content };
export type HitGroup = { kind: string; hits: readonly HitView[] };

export type SearchView = {
  query: string;
  groups: readonly HitGroup[];
  /** So many are shown where more orders fit; else 0. */
  more: number;
  /** What else to try, where nothing was found. */
  hint: string | null;
  /** Whether this operator may search by a customer's e-mail or phone. */
  mayFindPersons: boolean;
};

/** What was found for what was typed into the one box, by kind. */
export function searchPage(view: SearchView): Html {
  const { query, groups, more, hint, mayFindPersons } = view;
  const found = groups.filter(({ hits }) => hits.length > 0);
  if (query === "")
    return html`${pageHead("Search")}${hints("What can be searched for", mayFindPersons)}`;
  if (found.length === 0) {
    return html`${pageHead("Search", hint)}
${hints(html`Nothing was found for “${query}”.`, mayFindPersons)}`;
  }
  const shown = more > 0 ? ` The latest ${more} are shown.` : "";
  return html`${pageHead("Search", html`What was found for “${query}”.${shown}`)}
${found.map(({ kind, hits }) => panel(kind, html`<ul class="hits">${hits.map(hitView)}</ul>`))}`;
}

function hitView({ href, title, about }: HitView): Html {
  return html`<li id="hit:${href}" data-item><a href="${href}"><strong>${title}</strong></a>
<div class="small-print">${about}</div></li>
`;
}

function hints(title: Content, mayFindPersons: boolean): Html {
  const persons = mayFindPersons
    ? html`<li>a customer's e-mail or phone, in full: they are kept sealed, and only found
exactly</li>`
    : "";
  return html`<div class="panel"><div class="body"><p><strong>${title}</strong></p>
<ul class="evidence">
<li>an order's number, such as <code>4Q7K-9M2X-P0TZ</code>, or its id</li>
${persons}
<li>a payment or charge at Stripe: <code>pi_…</code>, <code>ch_…</code></li>
<li>an article's SKU</li>
<li>a message's id, here or at SendGrid or Twilio</li>
</ul></div></div>`;
}
