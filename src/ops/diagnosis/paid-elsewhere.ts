import type { OrderFacts } from "../facts/facts.ts";
import type { InboxFact } from "../facts/money-facts.ts";
import { healsWithin } from "./patience.ts";
import { confirmationsOf, intentOf, livePayment, paidUnseen } from "./payments.ts";
import type { Evidence, Finding } from "./rule.ts";
import { ageOf, ago, money, named, plainReason, total } from "./words.ts";

const check = [{ act: "check" as const, input: {} }];

/** Stripe's confirmation is in our inbox, and the order does not show it. */
export function paidWebhookFailed(facts: OrderFacts): Finding | null {
  const unseen = paidUnseen(facts);
  const told = facts.payments
    .filter(({ status }) => status !== "captured")
    .flatMap((payment) => {
      const seen = unseen.find((each) => each.payment.id === payment.id);
      const events = confirmationsOf(facts, payment);
      // What Stripe says now outweighs an old event; where it was not asked, one that waits counts.
      const event = seen ? events[0] : events.find(({ status }) => status === "received");
      return event ? [{ event, intent: seen?.intent ?? null }] : [];
    });
  const [first] = told;
  if (!first) return null;
  const { event, intent } = first;
  const age = ageOf(facts, event.receivedAt);
  const isLate = age > healsWithin;
  const amountMinor = intent?.capturedMinor ?? facts.order.totalMinor;
  const amount = money(amountMinor, intent?.currency ?? facts.order.currency);
  const why = event.lastError ? ` Our last try failed: ${plainReason(event.lastError)}` : "";
  return {
    code: "paid_webhook_failed",
    severity: isLate ? "problem" : "waiting",
    sentence: [
      `${named(facts)}: Stripe's confirmation of ${amount} came`,
      `${ago(facts, event.receivedAt)}, and the order's status was not updated.${why}`,
    ].join(" "),
    evidence: [inboxEvidence(event), ...intentEvidence(facts)],
    since: event.receivedAt,
    atStakeMinor: amountMinor,
    // Its goods are held because it is paid.
    covers: ["hold_overdue"],
    advice: check,
  };
}

function inboxEvidence({ type, id, status, receivedAt, lastError }: InboxFact): Evidence {
  const how = lastError === null ? status : `${status}; ${lastError}`;
  return { what: `Stripe's event ${type} (${id}) is in our inbox: ${how}.`, at: receivedAt };
}

function intentEvidence(facts: OrderFacts): Evidence[] {
  return paidUnseen(facts).map(({ intent, payment }) => ({
    what: `Stripe says that ${intent.id} is captured; our payment says ${payment.status}.`,
    at: payment.observedAt,
  }));
}

/** Stripe has the money, and no confirmation of it ever came. */
export function paidWebhookMissing(facts: OrderFacts): Finding | null {
  const unseen = paidUnseen(facts).find(({ payment }) => {
    return confirmationsOf(facts, payment).length === 0;
  });
  if (!unseen) return null;
  const { intent, payment } = unseen;
  // When the customer paid is not told: not before the means to pay were handed out.
  const since = payment.observedAt ?? payment.secretStoredAt ?? payment.createdAt;
  return {
    code: "paid_webhook_missing",
    severity: ageOf(facts, since) > healsWithin ? "problem" : "waiting",
    sentence: [
      `${named(facts)} is paid at Stripe:`,
      `${money(intent.capturedMinor, intent.currency)}. Stripe's confirmation has not`,
      `come, so the order still says ${facts.order.status.replace("_", " ")}.`,
    ].join(" "),
    evidence: [
      ...intentEvidence(facts),
      { what: "No confirmation of this payment is in our inbox.", at: null },
    ],
    since,
    atStakeMinor: intent.capturedMinor,
    covers: ["hold_overdue"],
    advice: check,
  };
}

/** Our payment names an intent that Stripe has not. */
export function paymentMissing(facts: OrderFacts): Finding | null {
  const lost = facts.payments.find((payment) => intentOf(facts, payment) === "missing");
  if (!lost) return null;
  const paid = lost.status === "captured";
  return {
    code: "payment_missing_at_stripe",
    severity: "problem",
    sentence: [
      `${named(facts)}: Stripe does not know the payment ${lost.intentId} of`,
      `${money(lost.amountMinor, lost.currency)}. Its keys or its account may be others`,
      "than before.",
    ].join(" "),
    evidence: [{ what: `Stripe answered that it has no ${lost.intentId}.`, at: null }],
    since: lost.createdAt,
    atStakeMinor: paid ? lost.capturedMinor : facts.order.totalMinor,
    advice: paid ? [] : [{ act: "retry_payment", input: {} }],
  };
}

/** Stripe knows more than we do, and it is not that the order was paid. */
export function stripeIsAhead(facts: OrderFacts): Finding | null {
  const news = [...unknownMoneyBack(facts), ...closedAtStripe(facts)];
  if (news.length === 0) return null;
  return {
    code: "books_differ",
    severity: "waiting",
    sentence: [
      `${named(facts)} of ${total(facts)}: Stripe knows more than we do.`,
      `${news.join(" ")} Aurora finds it by itself; Check in Stripe applies it at once.`,
    ].join(" "),
    evidence: news.map((what) => ({ what, at: null })),
    since: null,
    atStakeMinor: 0,
    advice: check,
  };
}

function unknownMoneyBack({ stripe, refunds, disputes }: OrderFacts): string[] {
  if (stripe.state !== "answered") return [];
  const known = new Set([...refunds.map(({ stripeId }) => stripeId), ...disputes.map((d) => d.id)]);
  const back = stripe.refunds
    .filter(({ id, refundId }) => !known.has(id) && !refunds.some((own) => own.id === refundId))
    .map((one) => `A refund of ${money(one.amountMinor, one.currency)} (${one.id}) is new.`);
  const taken = stripe.disputes
    .filter(({ id }) => !known.has(id))
    .map((one) => `A dispute of ${money(one.amountMinor, one.currency)} (${one.id}) is new.`);
  return [...back, ...taken];
}

function closedAtStripe(facts: OrderFacts): string[] {
  const live = livePayment(facts);
  const intent = live && intentOf(facts, live);
  if (!intent || intent === "missing" || intent.status !== "cancelled") return [];
  return [`The payment ${intent.id} was cancelled there.`];
}
