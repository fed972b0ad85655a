import type { DiagnosisCode } from "../../../src/ops/diagnosis/codes.ts";
import type { Severity } from "../../../src/ops/diagnosis/rule.ts";
import type { OrderFacts } from "../../../src/ops/facts/facts.ts";
import { later, recorded } from "./recorded.ts";

/** What the diagnosis must say of facts: `says` and `does` are parts of its sentence and act. */
export type Case = {
  name: string;
  facts: OrderFacts;
  code: DiagnosisCode;
  severity: Severity;
  says: string | RegExp;
  /** The recommended act; null where waiting is right, undefined where Stripe has to be asked. */
  act?: string | null;
  atStakeMinor: number;
};

const minute = 60;
const hour = 3_600;
type Told = Omit<Case, "name" | "facts">;

/** The facts of a recorded situation, so many seconds later. */
function at(name: string, seconds: number, told: Told): Case {
  return { name: `${name}, ${seconds} s later`, facts: later(recorded(name), seconds), ...told };
}

function fine(code: DiagnosisCode, says: string | RegExp): Told {
  return { code, severity: "fine", says, act: null, atStakeMinor: 0 };
}

function waits(code: DiagnosisCode, says: string | RegExp, atStakeMinor = 1_000): Told {
  return { code, severity: "waiting", says, act: null, atStakeMinor };
}

function problem(
  code: DiagnosisCode,
  says: string | RegExp,
  act: string | null,
  atStakeMinor = 1_000,
): Told {
  return { code, severity: "problem", says, act, atStakeMinor };
}

const moneyCases: Case[] = [
  at("paid-and-no-webhook", 2 * minute, {
    ...problem("paid_webhook_missing", "is paid at Stripe: £10.00. Stripe's confirmation", "check"),
  }),
  at("paid-and-no-webhook", 5, {
    ...waits("paid_webhook_missing", "has not come"),
    act: "check",
  }),
  at("paid-and-webhook-failed", 12 * minute, {
    ...problem(
      "paid_webhook_failed",
      /confirmation of £10.00 came 12 minutes ago, and the order's status was not updated.*CHECK/,
      "check",
    ),
  }),
  at("paid-and-webhook-failed", 5, {
    ...waits("paid_webhook_failed", "was not updated"),
    act: "check",
  }),
  at("paid-another-amount", 0, {
    ...problem("amount_mismatch", "£9.00 was paid and £10.00 was asked for", "release_hold", 900),
  }),
  at("paid-twice", 0, waits("two_payments", "on its way back to the customer", 0)),
  at("another-installations-payment", 0, problem("foreign_payment", "did not make", "settle")),
  at("given-back-at-stripe", 0, problem("refunded_at_stripe", "dashboard", "release_hold")),
  at("stripe-has-no-such-payment", 0, {
    ...problem("payment_missing_at_stripe", "Stripe does not know the payment", "retry_payment"),
  }),
  at("sold-out-while-paying", 5, waits("sold_out_while_paying", "its goods were sold meanwhile")),
  at("paid-a-day-late", 5, waits("late_money", "came after the order had ended. It is on its way")),
  at("refund-asked-for", 5, waits("refund_under_way", "£4.00 is on its way back", 400)),
  at("refund-asked-for", hour, {
    ...problem("refund_stuck", "£4.00 does not come through. It was asked for 1 hour ago", "check"),
    atStakeMinor: 400,
  }),
  at("refund-without-balance", 5, problem("refund_stuck", "balance is too low", "check", 400)),
  at("refund-failed", 5, {
    ...problem("refund_failed", "The customer has not got this money", "refund", 400),
  }),
  at("bank-disputes", hour, problem("dispute_open", "bank disputes £10.00", null)),
  at("dispute-lost", hour, problem("dispute_closed", "it was lost", "settle")),
];

const workCases: Case[] = [
  at("stock-not-reserved", 5, waits("stock_not_reserved", "waited for its stock", 500)),
  at("stock-not-reserved", hour, {
    ...problem("stock_not_reserved", "waited for its stock for 1 hour", null, 500),
  }),
  at("out-of-stock", 5, fine("out_of_stock", /2 of none-\w+ were wanted, 1 were there/)),
  at("payment-not-started", 5, {
    ...waits("payment_not_started", "the customer can't pay yet"),
    act: "retry_payment",
  }),
  at("payment-not-started", 5 * minute, {
    ...problem("payment_not_started", "not been started for 5 minutes", "retry_payment"),
  }),
  at("payment-refused", 5, {
    ...problem("payment_refused", "at least 30p. The customer can't pay.", "retry_payment"),
  }),
  at("stripe-does-not-answer", 30, waits("stripe_unreachable", "Stripe did not answer")),
  at("stripe-does-not-answer", 10 * minute, {
    ...problem("stripe_unreachable", /waited for it for 10 minutes.*Aurora asks again/, null),
  }),
  at("a-job-keeps-failing", minute, problem("job_failed", "has failed 5 times", "check")),
  at("waiting-for-the-customer", 10 * minute, {
    ...waits("waiting_for_customer", /able to pay for 10 minutes.*held for them for another 19/),
  }),
  at("waiting-for-the-customer", 40 * minute, {
    ...problem("hold_overdue", /should have ended \d+ minutes ago, and still holds 2/, null),
    act: "release_hold",
  }),
  at("three-d-secure", 4 * minute, {
    ...waits("authentication_open", "bank asked them 4 minutes ago to confirm"),
  }),
  at("declined", minute, waits("declined", "not enough money on the card")),
  at("bank-debit", 2 * hour, waits("payment_processing", "by bacs debit for 2 hours")),
  at("cancelled-while-payable", minute, waits("closing_under_way", "since it was cancelled")),
  at("cancelled-while-payable", 3 * hour, problem("hold_overdue", "ended 1 hour", "check")),
  at("cancelled", hour, fine("cancelled", "was cancelled 1 hour ago. No money had come.")),
  at("not-paid-in-time", hour, fine("expired", "not paid in time and ended 1 hour ago")),
  at("payment-cancelled-at-stripe", 0, {
    ...problem("payment_cancelled_at_stripe", "again and again", "retry_payment"),
  }),
  at("mail-failed", minute, problem("mail_failed", 'the mail "order paid" could', "settle", 0)),
  at("sms-failed", minute, problem("sms_failed", 'the SMS "order paid" could', "settle", 0)),
  at("mail-came-back", minute, {
    ...problem("message_undelivered", /it came back. 550 5.1.1 No such mailbox/, "resend", 0),
  }),
  at("only-the-message-is-late", minute, waits("message_late", "only a message is late", 0)),
  at("only-the-message-is-late", hour, {
    ...problem("message_late", /has waited for 1 hour to be sent. SendGrid answered 503/, null, 0),
  }),
  at("webhook-out-failing", 5, {
    ...waits("webhook_out_failing", /has not taken "payment captured".*told again by itself/, 0),
  }),
  at("webhook-out-given-up", 5, {
    ...problem(
      "webhook_out_failing",
      /erp.example was not told of "payment captured", and after three days.*It answered 500/,
      "replay_delivery",
      0,
    ),
  }),
  at("books-differ", hour, { ...waits("books_differ", "Stripe was busy"), act: "check" }),
  at("books-differ", 3 * hour, problem("books_differ", "found 3 hours ago", "check")),
  at("flagged-otherwise", minute, problem("attention_other", "customer called", "settle")),
  at("paid", hour, fine("nothing_wrong", "£10.00 was paid 1 hour ago. Nothing is wrong.")),
  at("a-part-is-shipped", hour, {
    ...fine("nothing_wrong", "1 of 2 pieces are shipped, the last 1 hour ago. Nothing is"),
  }),
  at("all-is-shipped-and-some-came-back", hour, {
    ...fine(
      "nothing_wrong",
      "Its goods were shipped 1 hour ago, and 1 came back. Nothing is wrong.",
    ),
  }),
  at("disputed-after-shipping", hour, {
    ...problem(
      "dispute_open",
      /Goods were shipped 1 hour ago: the carrier's record is your evidence. Nothing more ships/,
      null,
    ),
  }),
  at("writes-stopped", minute, problem("writes_stopped", "database is another one", null)),
];

/** A draft can't be placed yet: an order that was never checked out, as it will be. */
const draft = recorded("stock-not-reserved");
draft.order.status = "draft";
const draftCase = { name: "a draft", facts: draft, ...waits("draft_open", "is a draft", 0) };

export const cases: readonly Case[] = [...moneyCases, ...workCases, draftCase];
