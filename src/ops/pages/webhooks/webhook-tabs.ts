import { type Html, html } from "../html.ts";

const places = [
  { key: "in", href: "/ops/webhooks", text: "In: what Stripe tells us" },
  { key: "out", href: "/ops/webhooks/out", text: "Out: what we tell others" },
] as const;

/** The two directions of webhooks. */
export function webhookTabs(current: (typeof places)[number]["key"]): Html {
  const tabs = places.map(({ key, href, text }) => {
    const isHere = key === current ? html` aria-current="page"` : "";
    return html`<li><a href="${href}"${isHere}>${text}</a></li>`;
  });
  return html`<nav class="tabs within" id="webhook-tabs" aria-label="Direction">
<ul>${tabs}</ul></nav>`;
}
