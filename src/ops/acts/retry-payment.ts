import { z } from "zod";
import type { Trx } from "../../db/transaction.ts";
import { together } from "../../orders/advance.ts";
import { findPayLinkRefusal } from "../../orders/operators/pay-link-limit.ts";
import { reopenPayment } from "../../orders/operators/reopen-payment.ts";
import { sendPayLink } from "../../orders/operators/send-pay-link.ts";
import type { Intent } from "../../payments/intent.ts";
import type { OrderFacts } from "../facts/facts.ts";
import { type Act, type Done, impossible, possible } from "./act.ts";
import { applyStripe, withoutAnswer } from "./apply-stripe.ts";
import { inWords, readState } from "./order-state.ts";
import { notPayable, payLinkStanding } from "./standing.ts";
import { ofAnotherAccount } from "./stripe-standing.ts";

const sends = "The customer is sent the link to pay, by mail and, with a phone number, by SMS.";

/**
 * Helps a customer to pay: what Stripe knows is applied first, a dead attempt gets a new one, and
 * then the link is sent. It never confirms a payment: customers do.
 */
export const retryPayment: Act = {
  name: "retry_payment",
  title: "Retry payment",
  summary: "Applies what Stripe knows, opens a new attempt if need be, and sends the pay link.",
  leastRole: "operator",
  role: () => "operator",
  input: z.strictObject({}),
  asksStripe: true,
  plan(facts) {
    const refused = notPayable(facts) ?? withoutAnswer(facts);
    if (refused) return refused;
    const intents = intentsOf(facts);
    if (intents.some((intent) => intent !== "missing" && intent.status === "captured")) {
      return possible("Stripe has the money: that is applied, and no link is sent.");
    }
    const newest = newestOf(facts);
    if (newest !== null && newest !== "missing" && newest.status === "processing") {
      return impossible(
        "payment_processing",
        "The money is on its way from the customer's bank: a second payment would pay twice. Wait.",
      );
    }
    const stopped = ofAnotherAccount(facts);
    if (stopped) return stopped;
    const noLink = payLinkStanding(facts);
    if (noLink?.possible !== false) return possible(...attemptEffects(facts, newest), sends);
    // Who has the last link pays the new attempt by it: a dead one is replaced all the same.
    if (!isDead(facts, newest)) return noLink;
    return possible(...attemptEffects(facts, newest), `No link is sent. ${noLink.because}`);
  },
  async perform(trx, means, { orderId, actor }, facts): Promise<Done> {
    const { settings } = means;
    const applied = await applyStripe(trx, means, facts);
    const state = await readState(trx, orderId);
    if (state?.status !== "awaiting_payment" || (await hasCaptured(trx, orderId))) {
      const now = state ? inWords(state) : "gone";
      const sentence = `Applied what Stripe says: the order is ${now}. No link was sent.`;
      return { ...applied, sentence, outcome: { opened: false, linkSent: false } };
    }
    const observed = newestOf(facts) === "missing" ? "missing" : null;
    const { opened: isNew, ...reopened } = await reopenPayment(trx, settings, {
      ...{ orderId, actor, observed },
    });
    // One that Stripe has cancelled was replaced when that was applied.
    const opened = isNew || isDead(facts, newestOf(facts));
    const noLink = await findPayLinkRefusal(trx, orderId);
    if (noLink && !opened) throw noLink;
    if (noLink) {
      const sentence = `A new payment was opened. No link was sent. ${noLink.message}`;
      return { ...together(applied, reopened), sentence, outcome: { opened, linkSent: false } };
    }
    const sent = await sendPayLink(trx, settings, { orderId, actor });
    const sentence = opened
      ? "A new payment was opened, and the customer is sent the link to pay."
      : "The customer is sent the link to pay.";
    const outcome = { opened, linkSent: true };
    return { ...together(applied, reopened, sent), sentence, outcome };
  },
};

function intentsOf({ stripe }: OrderFacts): (Intent | "missing")[] {
  return stripe.state === "answered" ? stripe.intents.map(({ intent }) => intent) : [];
}

/** What Stripe says of the newest attempt; null where it was never asked for it. */
function newestOf({ payments, stripe }: OrderFacts): Intent | "missing" | null {
  const newest = payments.at(-1);
  if (!newest || stripe.state !== "answered") return null;
  return stripe.intents.find(({ paymentId }) => paymentId === newest.id)?.intent ?? null;
}

type Newest = Intent | "missing" | null;

function attemptEffects(facts: OrderFacts, newest: Newest): string[] {
  if (newest === "missing") return ["Stripe does not know the payment: a new one is opened."];
  if (isDead(facts, newest))
    return ["The last payment can't be paid any more: a new one is opened."];
  return ["The payment that is open can still be paid, and stays."];
}

function isDead({ payments }: OrderFacts, newest: Newest): boolean {
  const status = payments.at(-1)?.status;
  if (newest === null) return status === "failed" || status === "cancelled";
  return newest === "missing" || newest.status === "cancelled";
}

async function hasCaptured(trx: Trx, orderId: string): Promise<boolean> {
  const row = await trx
    .selectFrom("payments")
    .select("id")
    .where("order_id", "=", orderId)
    .where("status", "=", "captured")
    .executeTakeFirst();
  return row !== undefined;
}
