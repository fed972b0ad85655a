import type { IntentLine, StandInDesk } from "./stand-in-desk.ts";

/**
 * What a customer or their bank can do next, or somebody in Stripe's dashboard, by how the payment
 * stands at Stripe.
 */
export interface Answer {
  id: string;
  label: string;
  run(desk: StandInDesk, intent: IntentLine): Promise<unknown>;
}

type Run = Answer["run"];
const ofIntent =
  (verb: string): Run =>
  (desk, { id }) =>
    desk.tell(`stripe/intents/${id}/${verb}`);
const ofRefund =
  (verb: string): Run =>
  (desk, { refunds }) =>
    desk.tell(`stripe/refunds/${refunds.find(isPending)?.id}/${verb}`);
const ofDispute =
  (verb: string): Run =>
  (desk, { disputes }) =>
    desk.tell(`stripe/disputes/${disputes.find(isOpen)?.id}/${verb}`);
const isPending = ({ status }: { status: string }) => status === "pending";
const isOpen = ({ status }: { status: string }) => !["won", "lost"].includes(status);

/** What somebody takes off the price at Stripe. */
export const missingMinor = 100;

const toPay: Answer[] = [
  { id: "pay", label: "Pay", run: ofIntent("pay") },
  { id: "decline", label: "Try a card that is declined", run: ofIntent("decline") },
  {
    ...{ id: "lower", label: "Take 1.00 off at Stripe" },
    run: (desk, { id, amount }) => desk.changeIntent(id, { amount: String(amount - missingMinor) }),
  },
  {
    ...{ id: "cancel_at_stripe", label: "Cancel the payment at Stripe" },
    run: (desk, { id }) => desk.cancelIntent(id),
  },
];
const toAnswer: Answer[] = [
  { id: "authenticate", label: "Approve 3D Secure", run: ofIntent("authenticate") },
  { id: "fail_authentication", label: "Refuse 3D Secure", run: ofIntent("fail_authentication") },
];
const toEnd: Answer[] = [
  { id: "pay", label: "The money arrives", run: ofIntent("pay") },
  { id: "decline", label: "The debit fails", run: ofIntent("decline") },
];
const toDispute: Answer[] = [
  { id: "dispute", label: "Dispute the payment", run: ofIntent("dispute") },
  {
    ...{ id: "refund_at_stripe", label: "Give it back at Stripe" },
    run: (desk, { id }) => desk.refundIntent(id),
  },
];
const refundEnds: Answer[] = [
  { id: "refund_succeeds", label: "The refund arrives", run: ofRefund("succeed") },
  { id: "refund_fails", label: "The refund fails", run: ofRefund("fail") },
];
const disputeEnds: Answer[] = [
  { id: "dispute_won", label: "The shop wins the dispute", run: ofDispute("win") },
  { id: "dispute_lost", label: "The shop loses the dispute", run: ofDispute("lose") },
];

/** What can become of a payment next. */
export function answersTo(intent: IntentLine): Answer[] {
  if (intent.status === "requires_payment_method") return toPay;
  if (intent.status === "requires_action") return toAnswer;
  if (intent.status === "processing") return toEnd;
  if (intent.status !== "succeeded") return [];
  return [
    ...(intent.refunds.some(isPending) ? refundEnds : []),
    ...(intent.disputes.some(isOpen) ? disputeEnds : []),
    ...(intent.disputes.length === 0 && intent.refunds.length === 0 ? toDispute : []),
  ];
}
