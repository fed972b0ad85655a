import { html } from "hono/html";
import { isClosed } from "../stripe/disputes.ts";
import type { Dispute, Refund } from "../stripe/money-objects.ts";
import type { Charge, Intent } from "../stripe/objects.ts";
import type { StripeWorld } from "../stripe/world.ts";
import { acts } from "./acts.ts";
import type { Html } from "./layout.ts";
import { disputeTones, refundTones, showMoney, showTime } from "./wording.ts";

/** What is given or taken back of a payment, with what the bank can still do about each. */
export function moneyBack({ books }: StripeWorld, intent: Intent): Html {
  const refunds = books.refunds.rows.filter(({ payment_intent }) => payment_intent === intent.id);
  const disputes = books.disputes.rows.filter(({ payment_intent }) => payment_intent === intent.id);
  return html`
    ${refunds.length > 0 ? html`<h2>Refunds</h2>` : ""}
    ${refunds.map((refund) => refundCard(intent, refund))}
    ${disputes.length > 0 ? html`<h2>Disputes</h2>` : ""}
    ${disputes.map((dispute) => disputeCard(intent, dispute))}`;
}

/** What can begin with a payment that was paid. */
export function actsForPaid({ books }: StripeWorld, intent: Intent): Html | "" {
  const charge = books.charges.get(intent.latest_charge ?? "");
  if (charge === undefined) return "";
  return acts(intent, [
    ...choices(isRefundable(charge), [
      ["refund", "Refund all that is left"],
      ["refund_half", "Refund half of it"],
    ]),
    ...choices(!charge.disputed, [["dispute", "Dispute"]]),
  ]);
}

function refundCard(intent: Intent, { id, amount, currency, status, created }: Refund): Html {
  const isOpen = status === "pending" || status === "requires_action";
  return html`<ul class="rows"><li><div class="row">
      <span class="wide">${showMoney(amount, currency)} ${showTime(created * 1000)}</span>
      <span class="soft mono cut">${id}</span>
      <span class="end"><span class="state ${refundTones[status]}">${status}</span></span>
    </div></li></ul>
    ${acts(intent, [
      ...choices(isOpen, [[`refund_succeeds ${id}`, "The bank takes it"]]),
      ...choices(isOpen || status === "succeeded", [[`refund_fails ${id}`, "It comes back"]]),
    ])}`;
}

function disputeCard(intent: Intent, dispute: Dispute): Html {
  const { id, amount, currency, reason, status, created } = dispute;
  return html`<ul class="rows"><li><div class="row">
      <span class="wide">${showMoney(amount, currency)} ${reason} ${showTime(created * 1000)}</span>
      <span class="soft mono cut">${id}</span>
      <span class="end"><span class="state ${disputeTones[status]}">${status}</span></span>
    </div></li></ul>
    ${acts(
      intent,
      choices(!isClosed(dispute), [
        [`dispute_won ${id}`, "The shop wins"],
        [`dispute_lost ${id}`, "The shop loses"],
      ]),
    )}`;
}

type Choice = [act: string, label: string];

function choices(areOpen: boolean, listed: Choice[]): Choice[] {
  return areOpen ? listed : [];
}

function isRefundable({ amount_captured, amount_refunded }: Charge): boolean {
  return amount_captured > amount_refunded;
}
