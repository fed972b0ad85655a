import { cancelled, draftOpen, expired, nothingWrong } from "./at-rest.ts";
import { disputeOpen } from "./disputes.ts";
import { closingUnderWay, holdOverdue, outOfStock, stockNotReserved } from "./holding.ts";
import { webhookOutFailing } from "./listening.ts";
import { lateMoney, refundFailed, refundOnItsWay } from "./money-back.ts";
import { amountMismatch, doneAtStripe, twoPayments } from "./odd-money.ts";
import {
  paidWebhookFailed,
  paidWebhookMissing,
  paymentMissing,
  stripeIsAhead,
} from "./paid-elsewhere.ts";
import {
  authenticationOpen,
  declined,
  paymentNotStarted,
  paymentProcessing,
  paymentRefused,
  waitingForCustomer,
} from "./paying.ts";
import type { Rule } from "./rule.ts";
import { stripeUnreachable } from "./stripe-away.ts";
import { mailFailed, messageLate, messageUndelivered, smsFailed } from "./telling.ts";
import { attentionOther, booksDiffer, jobFailed, writesStopped } from "./work.ts";

/** Everything that is looked for, the most serious first. The last one is always so. */
export const rules: readonly Rule[] = [
  twoPayments,
  amountMismatch,
  doneAtStripe,
  paidWebhookFailed,
  paidWebhookMissing,
  paymentMissing,
  disputeOpen,
  refundFailed,
  writesStopped,
  lateMoney,
  refundOnItsWay,
  paymentRefused,
  stripeUnreachable,
  holdOverdue,
  jobFailed,
  booksDiffer,
  stockNotReserved,
  paymentNotStarted,
  mailFailed,
  smsFailed,
  messageUndelivered,
  attentionOther,
  paymentProcessing,
  closingUnderWay,
  stripeIsAhead,
  authenticationOpen,
  declined,
  waitingForCustomer,
  messageLate,
  webhookOutFailing,
  draftOpen,
  outOfStock,
  expired,
  cancelled,
  nothingWrong,
];
