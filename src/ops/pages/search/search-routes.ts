import { Hono } from "hono";
import type { OpsEnv } from "../../access/authenticate.ts";
import { may } from "../../access/roles.ts";
import type { PageParts } from "../../app.ts";
import { type Hit, mostHits, search } from "../../search.ts";
import { html } from "../html.ts";
import { orderBadge } from "../parts/badge.ts";
import { inFull } from "../parts/moment.ts";
import { money } from "../parts/money.ts";
import { type HitGroup, type HitView, searchPage } from "./search-page.ts";

/** One box for whatever somebody has at hand; what is found alone is opened at once. */
export function searchPages(parts: PageParts): Hono<OpsEnv> {
  const pages = new Hono<OpsEnv>();
  pages.get("/search", async (c) => {
    const query = (c.req.query("q") ?? "").trim();
    const operator = c.get("operator");
    const { hits, more, hint } = query === "" ? nothingAsked : await search(parts, operator, query);
    const [only] = hits;
    if (only && hits.length === 1) return c.redirect(addressOf(only), 303);
    const content = searchPage({
      ...{ query, groups: groupsOf(hits), more: more ? mostHits : 0, hint },
      mayFindPersons: may(operator, "operator"),
    });
    return parts.show(c, { title: "Search", query, content });
  });
  return pages;
}

const nothingAsked = { hits: [], more: false, hint: null };

const kinds = { order: "Orders", product: "Goods", event: "Stripe's events" } as const;

function groupsOf(hits: readonly Hit[]): HitGroup[] {
  return Object.entries(kinds).map(([kind, title]) => ({
    kind: title,
    hits: hits.filter((hit) => hit.kind === kind).map(viewOf),
  }));
}

function addressOf(hit: Hit): string {
  if (hit.kind === "order") return `/ops/orders/${hit.orderId}`;
  if (hit.kind === "product") return `/ops/stock/${encodeURIComponent(hit.sku)}`;
  return `/ops/webhooks/${encodeURIComponent(hit.eventId)}`;
}

function viewOf(hit: Hit): HitView {
  const href = addressOf(hit);
  if (hit.kind === "product") return { href, title: hit.sku, about: hit.what };
  if (hit.kind === "event") return { href, title: hit.eventId, about: hit.what };
  const { number, status, totalMinor, currency, placedAt, shopName, what } = hit;
  return {
    href,
    title: number,
    about: html`${orderBadge({ status, closing: null })} ${money(totalMinor, currency)} ·
${shopName} · placed ${inFull(placedAt)} · ${what}`,
  };
}
