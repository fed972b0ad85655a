import { type Context, Hono } from "hono";
import { orderNamed } from "../../../payments/replay-events.ts";
import type { OpsEnv } from "../../access/authenticate.ts";
import { contactFor, seenBy } from "../../access/mask.ts";
import { may } from "../../access/roles.ts";
import { planOf } from "../../acts/acts.ts";
import type { PageParts } from "../../app.ts";
import { jobAddress } from "../../board/job-address.ts";
import { diagnose } from "../../diagnosis.ts";
import { askStripe } from "../../facts/ask-stripe.ts";
import { collectFacts } from "../../facts/collect-facts.ts";
import type { OrderFacts } from "../../facts/facts.ts";
import { html } from "../html.ts";
import { empty, type Notice } from "../parts/notice.ts";
import { asTitle } from "../parts/words.ts";
import { ledgerOf } from "./ledger.ts";
import { offersFor } from "./offers.ts";
import { orderPage } from "./order-page.ts";
import { previewOf, previewPolicy } from "./preview.ts";
import { type StripeMemory, stripeMemory } from "./stripe-memory.ts";

/** The page of an order, and its messages as they look. */
export function orderPages(parts: PageParts): Hono<OpsEnv> {
  const pages = new Hono<OpsEnv>();
  const memory = stripeMemory();

  pages.get("/:order", async (c) => {
    const found = await lookAt(c, parts, memory);
    if (!found) return notFound(c, parts);
    const { seen } = found;
    const operator = c.get("operator");
    const mayAct = may(operator, "operator");
    // Masked before anything is concluded from them: a diagnosis quotes what suppliers said.
    const facts = seenBy(operator, found.facts);
    const diagnosis = diagnose(facts, planOf);
    const { contact } = facts.order;
    return parts.show(c, {
      title: `Order ${facts.order.number}`,
      live: { watch: `order:${facts.order.id}`, seen },
      flash: flashOf(c, facts),
      content: orderPage({
        facts,
        diagnosis,
        offers: offersFor(operator, facts, diagnosis),
        person: contactFor(operator, contact && parts.contacts.open(contact)),
        ledger: await ledgerOf(parts.db, facts.order.id),
        mayAct,
        jobAddress,
      }),
    });
  });

  pages.get("/:order/messages/:message/preview", async (c) => {
    const wishes = { stripe: false, jobs: false };
    const facts = await collectFacts(parts, c.req.param("order"), wishes);
    const contact = facts?.order.contact ?? null;
    const person = contactFor(c.get("operator"), contact && parts.contacts.open(contact));
    const text =
      facts && previewOf(seenBy(c.get("operator"), facts), c.req.param("message"), person);
    c.header("Content-Security-Policy", previewPolicy);
    c.header("X-Frame-Options", "SAMEORIGIN");
    return text ? c.html(text) : c.text("There is no such message.", 404);
  });
  return pages;
}

/**
 * The order's facts with what Stripe says of it: remembered for a moment, unless somebody wants
 * it asked now. What is seen was taken first, so that no change falls in between.
 */
async function lookAt(c: Context, parts: PageParts, memory: StripeMemory) {
  const { gateway } = parts;
  const id = await orderNamed(parts.db, c.req.param("order") ?? "");
  if (id === null) return null;
  const { seen } = await parts.live.begin(`order:${id}`);
  const facts = await collectFacts(parts, id, { stripe: false, jobs: true });
  if (!facts) return null;
  const known = c.req.query("stripe") === "now" ? null : memory.recall(id, seen);
  const stripe = known ?? (await askStripe(parts.db, gateway, facts.payments));
  memory.keep(id, seen, stripe);
  return { facts: { ...facts, stripe }, seen };
}

/** What the act that led here has done, from its place in the audit. */
function flashOf(c: Context, { acts }: OrderFacts): Notice | null {
  const did = c.req.query("did");
  const act = acts.find(({ id }) => id === did);
  if (!act) return null;
  const { sentence, orderId, number } = act.outcome;
  const text = typeof sentence === "string" ? sentence : `Done: ${asTitle(act.act)}.`;
  if (typeof orderId !== "string") return { tone: "good", text };
  return { tone: "good", text: html`${text} <a href="/ops/orders/${orderId}">Order ${number}</a>` };
}

function notFound(c: Context<OpsEnv>, { show }: PageParts) {
  const content = html`<div class="panel">${empty(
    "There is no such order.",
    html`Check its number or id, or <a href="/ops/search">search</a> for it.`,
  )}</div>`;
  return show(c, { title: "No such order", content }, 404);
}
