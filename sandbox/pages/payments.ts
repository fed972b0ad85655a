import { html } from "hono/html";
import type { Charge, Intent, PaymentError } from "../stripe/objects.ts";
import type { StripeWorld } from "../stripe/world.ts";
import { acts } from "./acts.ts";
import { type Html, newest, page } from "./layout.ts";
import { actsForPaid, moneyBack } from "./money-back.ts";
import { intentStates, showMoney, showTime } from "./wording.ts";

/** Every payment that was ever asked for, newest first. */
export function paymentsPage(world: StripeWorld, pageText: string | undefined): Html {
  const { shown, links } = newest(world.books.intents.rows, pageText, "/payments");
  const rows = shown.map(
    (intent) => html`<li><a href="/payments/${intent.id}">
      <span><span class="amount">${showMoney(intent.amount, intent.currency)}</span>
        ${showTime(intent.created * 1000)}</span>
      <span class="end">${marksOf(world, intent)} ${stateOf(intent)}</span>
      <span class="soft mono cut wide">${intent.metadata["order_id"] ?? intent.id}</span>
    </a></li>`,
  );
  return page(
    "Payments",
    "/payments",
    html`<h1>Payments</h1>
      ${rows.length > 0 ? html`<ul class="rows">${rows}</ul>${links}` : nothingYet}`,
  );
}

/** One payment, with what the customer and the bank can do with it now. */
export function paymentPage(world: StripeWorld, intent: Intent): Html {
  const { books } = world;
  const charges = books.charges.rows.filter((charge) => charge.payment_intent === intent.id);
  const error = intent.last_payment_error;
  const returnUrl = intent.next_action?.redirect_to_url.return_url;
  return page(
    `Payment of ${showMoney(intent.amount, intent.currency)}`,
    "/payments",
    html`<h1>${showMoney(intent.amount, intent.currency)} ${stateOf(intent)}</h1>
      <p class="soft mono">${intent.id}</p>
      ${error ? errorNote(error) : ""}
      ${actsFor(world, intent)}
      ${returnUrl ? html`<p><a href="${returnUrl}">Back to the shop</a></p>` : ""}
      <h2>Details</h2>
      <div class="card"><dl>
        <dt>Created</dt><dd>${showTime(intent.created * 1000)}</dd>
        <dt>Payment method</dt><dd>${intent.payment_method ?? "none yet"}</dd>
        ${Object.entries(intent.metadata).map(
          ([name, value]) => html`<dt>${name}</dt><dd class="mono">${value}</dd>`,
        )}
      </dl></div>
      ${charges.length > 0 ? html`<h2>Charges</h2>` : ""}
      ${charges.length > 0 ? html`<ul class="rows">${charges.map(chargeRow)}</ul>` : ""}
      ${moneyBack(world, intent)}
      ${eventRows(world, intent)}`,
  );
}

const nothingYet = html`<p class="note">Nothing yet. A payment appears when an order's stock is held
  and Aurora asks Stripe for a PaymentIntent.</p>`;

function errorNote({ message, decline_code, code }: PaymentError): Html {
  return html`<p class="note bad">${message} <code>${decline_code ?? code}</code></p>`;
}

function stateOf(intent: Intent): Html {
  const { words, tone } = intentStates[intent.status];
  return html`<span class="state ${tone}">${words}</span>`;
}

/** What has happened to the money since it came. */
function marksOf({ books }: StripeWorld, { latest_charge, amount_received }: Intent): Html | "" {
  const charge = books.charges.get(latest_charge ?? "");
  if (charge === undefined || amount_received === 0) return "";
  const refund = charge.refunded ? "Refunded" : "Refunded in part";
  return html`${charge.amount_refunded > 0 ? html`<span class="state wait">${refund}</span>` : ""}
    ${charge.disputed ? html`<span class="state bad">Disputed</span>` : ""}`;
}

function actsFor(world: StripeWorld, intent: Intent): Html | "" {
  if (intent.status === "requires_action") {
    return html`<p class="note wait">The customer's bank asks whether it is really them.</p>
      ${acts(intent, [
        ["authenticate", "Approve"],
        ["fail_authentication", "Refuse"],
      ])}`;
  }
  if (intent.status === "processing") {
    return html`<p class="note wait">The money is on its way; the bank has not decided.</p>
      ${acts(intent, [
        ["settle", "The bank pays"],
        ["bounce", "The bank declines"],
      ])}`;
  }
  if (intent.status === "succeeded") return actsForPaid(world, intent);
  if (intent.status === "canceled" || intent.status === "requires_capture") return "";
  return acts(intent, [
    ["pm_card_visa", "Pay with Visa"],
    ["pm_card_visa_chargeDeclined", "Decline"],
    ["pm_card_visa_chargeDeclinedInsufficientFunds", "Insufficient funds"],
    ["pm_card_threeDSecure2Required", "Start 3D Secure"],
    ["pm_usBankAccount_processing", "Bank debit"],
  ]);
}

function chargeRow(charge: Charge): Html {
  const tones = { succeeded: "good", failed: "bad", pending: "wait" };
  return html`<li><div class="row">
    <span class="wide">${charge.payment_method} ${showTime(charge.created * 1000)}</span>
    <span class="soft mono cut">${charge.id}</span>
    <span class="end"><span class="state ${tones[charge.status]}">${charge.status}</span></span>
    ${charge.failure_message ? html`<span class="soft wide">${charge.failure_message}</span>` : ""}
  </div></li>`;
}

/** The intent's own events and how far each got to the webhook endpoint. */
function eventRows({ books }: StripeWorld, intent: Intent): Html {
  const mentions = `"id":"${intent.id}"`;
  const rows = books.events.rows
    .filter(({ snapshot }) => snapshot.startsWith(`{${mentions}`))
    .map((event) => {
      const delivery = books.deliveries.get(event.id);
      return html`<li><div class="row">
        <span class="wide">${event.type} ${showTime(event.created * 1000)}</span>
        <span class="soft mono cut">${event.id}</span>
        <span class="soft end">${delivery ? delivery.state.replace("_", " ") : "listed only"}</span>
      </div></li>`;
    });
  return html`<h2>Events</h2><ul class="rows">${rows}</ul>`;
}
