import type { Decline, Intent, IntentStatus, Observation } from "../payments/intent.ts";
import type { PaymentStatus } from "../payments/lifecycle.ts";
import type { Move } from "./advance.ts";
import type { Ownership } from "./apply-intent.ts";
import type { Flag } from "./attention.ts";
import type { OrderEvent } from "./lifecycle.ts";
import type { PaymentRow } from "./payment-rows.ts";
import type { Remark } from "./remark.ts";

/** What an observation of Stripe means for a payment and its order. */
export type Verdict = {
  row: PaymentRow;
  observedAt: string;
  /** Whether the observation counts; whether it says anything new. */
  observed: boolean;
  changed: boolean;
  next: {
    status: PaymentStatus;
    intentId: string | null;
    capturedMinor: number;
    /** The secret to store, when it is to be stored now. */
    clientSecret: string | null;
  };
  ours: boolean;
  remarks: Remark[];
  decline: Decline | null;
  attention: Flag | null;
  move: (Move & { event: OrderEvent }) | null;
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

/** Decides without touching anything: what is known is handed in, what follows is handed out. */
export function judge(row: PaymentRow, observation: Observation, ownership: Ownership): Verdict {
  const { intent, observedAt } = observation;
  const payable = row.orderStatus === "awaiting_payment" && row.closing === null;
  const verdict: Verdict = {
    row,
    observedAt,
    observed: false,
    changed: false,
    next: { status: row.status, intentId: row.intentId, capturedMinor: 0, clientSecret: null },
    ours: false,
    remarks: [],
    decline: null,
    attention: null,
    move: null,
  };
  const foreign = strangerReason(row, intent, ownership);
  if (foreign) return { ...verdict, attention: { orderId: row.orderId, code: foreign } };
  verdict.ours = true;
  if (isFinal(row.status)) return { ...verdict, attention: moneyAfterTheEnd(row, intent) };
  if (isOutdated(row, observation)) return verdict;

  const status = nextStatus(row, intent, payable);
  const secret = payable && !row.secretStored ? intent.clientSecret : null;
  return withRequest(intent, {
    ...verdict,
    observed: true,
    changed: status !== row.status || row.intentId === null || secret !== null,
    next: {
      status,
      intentId: intent.id,
      capturedMinor: status === "captured" ? intent.capturedMinor : 0,
      clientSecret: status === "captured" || status === "cancelled" ? null : secret,
    },
    remarks: remarksOf(row, status),
    decline: intent.decline,
    ...consequence(row, intent, status),
  });
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

/** A payment that we hold for ended and that has money all the same is never forgotten. */
function moneyAfterTheEnd(row: PaymentRow, intent: Intent): Flag | null {
  if (row.status === "captured" || intent.status !== "captured") return null;
  return { orderId: row.orderId, code: "late_money" };
}

/** A later look at a live intent wins; what is final at Stripe is true whenever it was seen. */
function isOutdated(row: PaymentRow, { intent, observedAt }: Observation): boolean {
  if (intent.status === "captured" || intent.status === "cancelled") return false;
  return row.observedAt !== null && observedAt < row.observedAt;
}

/** An intent whose secret nobody will get stays `created` until Stripe has cancelled it. */
function nextStatus(row: PaymentRow, intent: Intent, payable: boolean): PaymentStatus {
  const status = statusOf[intent.status];
  return status === "pending" && !payable && !row.secretStored ? "created" : status;
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

/** What the payment's new state does to its order. */
function consequence(
  row: PaymentRow,
  intent: Intent,
  status: PaymentStatus,
): Pick<Verdict, "attention" | "move"> {
  const { orderId, closing } = row;
  if (status === "captured") {
    const matches = intent.capturedMinor === row.amountMinor && intent.currency === row.currency;
    if (!matches) return { attention: { orderId, code: "amount_mismatch" }, move: null };
    if (row.orderStatus !== "awaiting_payment") {
      return { attention: { orderId, code: "late_money" }, move: null };
    }
    const detail = closing === "cancelled" ? { cancelledTooLate: true } : {};
    return { attention: null, move: { orderId, event: "payment_captured", detail } };
  }
  if (status === "cancelled" && row.orderStatus === "awaiting_payment") {
    if (closing === "expired") return { attention: null, move: { orderId, event: "hold_expired" } };
    if (closing === "cancelled") return { attention: null, move: { orderId, event: "cancelled" } };
    return { attention: { orderId, code: "payment_cancelled_at_stripe" }, move: null };
  }
  return { attention: null, move: null };
}
