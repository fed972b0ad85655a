import type { Settings } from "../../config.ts";
import type { Decline, Intent, IntentStatus, Observation } from "../../payments/intent.ts";
import { canBecome, type PaymentStatus, paymentTransitions } from "../../payments/lifecycle.ts";
import { type Consequence, consequenceOf, nothingFollows } from "../consequence.ts";
import type { Remark } from "../remark.ts";
import type { PaymentRow } from "./payment-rows.ts";
import { processingCap } from "./processing-cap.ts";

/** What an observation of Stripe means for a payment and its order. */
export type Verdict = Consequence & {
  row: PaymentRow;
  intent: Intent;
  observedAt: string;
  /** Whether the observation counts; whether it says anything new. */
  observed: boolean;
  changed: boolean;
  next: {
    status: PaymentStatus;
    intentId: string | null;
    capturedMinor: number;
    capturedCurrency: string | null;
    /** The secret to store, when it is to be stored now. */
    clientSecret: string | null;
    /** Seconds until a payment that is on its way is looked at again. */
    processingPause: number;
  };
  ours: boolean;
  remarks: Remark[];
  declines: Decline[];
};

const statusOf: Record<IntentStatus, PaymentStatus> = {
  needs_payment: "pending",
  needs_action: "action_required",
  processing: "processing",
  captured: "captured",
  cancelled: "cancelled",
};

const remarkOf = {
  pending: "payment_started",
  action_required: "payment_action_required",
  processing: "payment_processing",
} as const;

/** Whose money counts: objects of another installation or mode never move our orders. */
export type Ownership = { installation: string; livemode: boolean };

type Rules = Pick<Settings, "PROCESSING_HOURS">;

/**
 * Judges what was seen of many payments. Of two that were captured for one order one counts: the
 * first that matches.
 */
export function judgeAll(
  rows: ReadonlyMap<string, PaymentRow>,
  observations: ReadonlyMap<string, Observation>,
  ownership: Ownership,
  rules: Rules,
): Verdict[] {
  const paid = new Set<string>();
  return [...observations.values()].flatMap((observation): Verdict[] => {
    const row = rows.get(observation.paymentId);
    if (!row) return [];
    const otherCaptured = row.otherCaptured || paid.has(row.orderId);
    const verdict = judge({ ...row, otherCaptured }, observation, ownership, rules);
    if (verdict.move?.event === "payment_captured" || verdict.revive) paid.add(row.orderId);
    return [verdict];
  });
}

/** Decides without touching anything: what is known is handed in, what follows is handed out. */
function judge(
  row: PaymentRow,
  observation: Observation,
  ownership: Ownership,
  rules: Rules,
): Verdict {
  const { intent, observedAt } = observation;
  const payable = row.orderStatus === "awaiting_payment" && row.closing === null;
  const verdict: Verdict = {
    ...nothingFollows,
    ...{ row, intent, observedAt, observed: false, changed: false, ours: false },
    ...{ remarks: [], declines: [] },
    next: {
      ...{ status: row.status, intentId: row.intentId, capturedMinor: 0, capturedCurrency: null },
      ...{ clientSecret: null, processingPause: 0 },
    },
  };
  const foreign = strangerReason(row, intent, ownership);
  // A second create whose secret nobody got is harmless; the comparison of the books cancels it.
  if (foreign === "second_intent" && intent.status !== "captured") return verdict;
  if (foreign) return { ...verdict, attention: { orderId: row.orderId, code: foreign } };
  verdict.ours = true;
  const status = nextStatus(row, intent, payable);
  const isNew = status !== row.status;
  if (isNew && !canBecome(paymentTransitions, row.status, status)) return verdict;
  if (!isNew && isFinal(status)) return verdict;
  if (isOutdated(row, observation)) return verdict;

  const secret = payable && !row.secretStored ? intent.clientSecret : null;
  const leftSeconds = processingCap(intent.method, rules) - (row.processingSeconds ?? 0);
  return withRequest(intent, {
    ...verdict,
    observed: true,
    changed: isNew || row.intentId === null || secret !== null,
    next: {
      status,
      intentId: intent.id,
      capturedMinor: status === "captured" ? intent.capturedMinor : 0,
      capturedCurrency: status === "captured" ? intent.currency : null,
      clientSecret: isFinal(status) ? null : secret,
      processingPause: pauseFor(leftSeconds),
    },
    remarks: remarksOf(row, status),
    declines: intent.declines,
    ...consequenceOf(row, intent, status, leftSeconds <= 0),
  });
}

/** An asynchronous method is looked at each hour, and once its time is over. */
const processingSeconds = 3_600;

function pauseFor(leftSeconds: number): number {
  if (leftSeconds <= 0) return processingSeconds;
  return Math.min(processingSeconds, Math.max(leftSeconds, 1));
}

/** What an answer changed says in the history which answer it was. */
function withRequest({ requestId }: Intent, verdict: Verdict): Verdict {
  if (requestId === undefined) return verdict;
  const told = <Entry extends { detail?: Record<string, unknown> }>(entry: Entry): Entry => ({
    ...entry,
    detail: { ...entry.detail, requestId },
  });
  return {
    ...verdict,
    remarks: verdict.remarks.map(told),
    move: verdict.move && told(verdict.move),
  };
}

function strangerReason(row: PaymentRow, intent: Intent, ours: Ownership): string | null {
  if (intent.installation !== ours.installation || intent.livemode !== ours.livemode) {
    return "foreign_intent";
  }
  if (intent.paymentId !== row.paymentId || intent.orderId !== row.orderId) return "foreign_intent";
  return row.intentId !== null && row.intentId !== intent.id ? "second_intent" : null;
}

function isFinal(status: PaymentStatus): boolean {
  return status === "captured" || status === "cancelled" || status === "failed";
}

/** A later look at a live intent wins; what is final at Stripe is true whenever it was seen. */
function isOutdated(row: PaymentRow, { intent, observedAt }: Observation): boolean {
  if (intent.status === "captured" || intent.status === "cancelled") return false;
  return row.observedAt !== null && observedAt < row.observedAt;
}

/** An intent whose secret nobody will get stays `created` until Stripe has cancelled it. */
function nextStatus(row: PaymentRow, intent: Intent, payable: boolean): PaymentStatus {
  const status = statusOf[intent.status];
  const isUntold = row.status === "created" && !row.secretStored && !payable;
  return status === "pending" && isUntold ? "created" : status;
}

function remarksOf(row: PaymentRow, status: PaymentStatus): Remark[] {
  if (row.orderStatus !== "awaiting_payment" || status === row.status) return [];
  // Back from 3-D Secure without money: the customer refused it, or the bank did.
  if (status === "pending" && row.status === "action_required") {
    return [{ orderId: row.orderId, event: "payment_action_failed" }];
  }
  if (status === "pending" && row.status !== "created") return [];
  const event = status in remarkOf ? remarkOf[status as keyof typeof remarkOf] : undefined;
  return event ? [{ orderId: row.orderId, event }] : [];
}
