import { html } from "hono/html";
import { genericDecline } from "../stripe/cards.ts";
import { authenticate, confirm, failAuthentication, settle } from "../stripe/confirm.ts";
import { closeDispute, openDispute } from "../stripe/disputes.ts";
import { findRow } from "../stripe/money-routes.ts";
import type { Intent } from "../stripe/objects.ts";
import { failRefund, refundCharge, succeedRefund } from "../stripe/refunds.ts";
import { nobody, type StripeWorld } from "../stripe/world.ts";
import type { Html } from "./layout.ts";

/** Buttons of a payment's page; the first is what is done most. */
export function acts(intent: Intent, choices: [act: string, label: string][]): Html | "" {
  if (choices.length === 0) return "";
  const buttons = choices.map(
    ([act, label], i) =>
      html`<button name="act" value="${act}" class="${i === 0 ? "first" : ""}">${label}</button>`,
  );
  return html`<form class="acts" method="post" action="/payments/${intent.id}">${buttons}</form>`;
}

/** Does what a button says; after its verb may stand the id of what it is done to. */
export function perform(world: StripeWorld, intent: Intent, act: string): Intent {
  const [verb = "", id = ""] = act.split(" ");
  if (verb === "authenticate") return authenticate(world, nobody, intent);
  if (verb === "fail_authentication") return failAuthentication(world, nobody, intent);
  if (verb === "settle") return settle(world, nobody, intent);
  if (verb === "bounce") return settle(world, nobody, intent, genericDecline);
  if (/^(refund|dispute)/.test(verb)) {
    moveBack(world, intent, verb, id);
    return intent;
  }
  return confirm(world, nobody, intent, { paymentMethod: act });
}

function moveBack(world: StripeWorld, intent: Intent, verb: string, id: string): void {
  const { charges, refunds, disputes } = world.books;
  const refund = () => findRow(refunds, id, "refund");
  const dispute = () => findRow(disputes, id, "dispute");
  const charge = () => findRow(charges, intent.latest_charge ?? "", "charge");
  if (verb === "refund_succeeds") succeedRefund(world, nobody, refund());
  else if (verb === "refund_fails") failRefund(world, nobody, refund(), "unknown");
  else if (verb === "dispute_won") closeDispute(world, nobody, dispute(), "won");
  else if (verb === "dispute_lost") closeDispute(world, nobody, dispute(), "lost");
  else if (verb === "dispute") openDispute(world, charge(), {});
  else if (verb === "refund") refundCharge(world, nobody, charge(), {});
  else if (verb === "refund_half") {
    const { amount_captured, amount_refunded } = charge();
    const amount = Math.ceil((amount_captured - amount_refunded) / 2);
    refundCharge(world, nobody, charge(), { amount });
  }
}
