import { html } from "hono/html";
import type { StripeWorld } from "../stripe/world.ts";
import { type Html, page } from "./layout.ts";

/** What is here: the books at a glance, how the stand-ins are set, and where to look. */
export function homePage(world: StripeWorld, auroraUrl: string): Html {
  const { books, endpoint } = world;
  const paid = books.intents.rows.filter(({ status }) => status === "succeeded").length;
  const { autoPay, webhooks } = books.switches;
  return page(
    "Aurora sandbox",
    "/",
    html`<h1>Stand-ins for Stripe, SendGrid and Twilio</h1>
      <p class="soft">They speak HTTP to the real SDKs and keep their own books. No money moves, and
        no message leaves this machine.</p>
      <div class="tiles">
        ${tile("/payments", "Payments", books.intents.rows.length, `${paid} of them paid`)}
        ${tile("/inbox/mail", "Mails", books.mails.rows.length, "as customers see them")}
        ${tile("/inbox/sms", "Text messages", books.texts.rows.length, "as they arrived")}
      </div>
      <h2>Settings</h2>
      <div class="card"><dl>
        <dt>Aurora</dt><dd><a href="${auroraUrl}">${auroraUrl}</a></dd>
        <dt>Webhooks</dt>
        <dd>
          ${endpoint ? html`to <code>${endpoint.url}</code>` : "none: no secret to sign with"}
          ${endpoint && !webhooks ? html`<span class="state bad">switched off</span>` : ""}</dd>
        <dt>Pays by itself</dt>
        <dd>${autoPay ? html`yes, with <code>${autoPay}</code>` : "no"}</dd>
      </dl></div>
      <h2>Test cards</h2>
      <div class="card"><dl>
        <dt>Pays</dt><dd><code>pm_card_visa</code></dd>
        <dt>Is declined</dt><dd><code>pm_card_visa_chargeDeclined</code></dd>
        <dt>Lacks funds</dt><dd><code>pm_card_visa_chargeDeclinedInsufficientFunds</code></dd>
        <dt>Asks for 3D Secure</dt><dd><code>pm_card_threeDSecure2Required</code></dd>
        <dt>Stays in processing</dt><dd><code>pm_usBankAccount_processing</code></dd>
      </dl></div>
      <h2>For programs</h2>
      <div class="card"><dl>
        <dt>Stripe</dt><dd><code>${world.address()}/v1</code></dd>
        <dt>SendGrid</dt><dd><code>${world.address()}/v3</code></dd>
        <dt>Twilio</dt><dd><code>${world.address()}/2010-04-01</code></dd>
        <dt>Books of Stripe</dt>
        <dd><a href="/_sandbox/stripe/ledger"><code>/_sandbox/stripe/ledger</code></a></dd>
        <dt>Requests by route</dt>
        <dd><a href="/_sandbox/counts"><code>/_sandbox/counts</code></a></dd>
      </dl></div>`,
  );
}

function tile(href: string, name: string, count: number, note: string): Html {
  return html`<a class="card tile" href="${href}"><span>${name}</span><strong>${count}</strong>
    <span class="soft">${note}</span></a>`;
}
