import type { IntentLine } from "./stand-in-desk.ts";

/** What a customer, or their bank, can do next, by how the payment stands at Stripe. */
export interface Answer {
  id: string;
  label: string;
  /** The control route of the stand-in. */
  path: (intent: IntentLine) => string;
  body?: object;
}

const ofIntent = (verb: string) => (intent: IntentLine) => `stripe/intents/${intent.id}/${verb}`;
const ofRefund = (verb: string) => (intent: IntentLine) =>
  `stripe/refunds/${intent.refunds.find(isPending)?.id}/${verb}`;
const ofDispute = (verb: string) => (intent: IntentLine) =>
  `stripe/disputes/${intent.disputes.find(isOpen)?.id}/${verb}`;
const isPending = ({ status }: { status: string }) => status === "pending";
const isOpen = ({ status }: { status: string }) => !["won", "lost"].includes(status);

const toPay: Answer[] = [
  { id: "pay", label: "Pay", path: ofIntent("pay") },
  { id: "decline", label: "Try a card that is declined", path: ofIntent("decline") },
];
const toAnswer: Answer[] = [
  { id: "authenticate", label: "Approve 3D Secure", path: ofIntent("authenticate") },
  { id: "fail_authentication", label: "Refuse 3D Secure", path: ofIntent("fail_authentication") },
];
const toEnd: Answer[] = [
  { id: "pay", label: "The money arrives", path: ofIntent("pay") },
  { id: "decline", label: "The debit fails", path: ofIntent("decline") },
];
const toDispute: Answer[] = [
  { id: "dispute", label: "Dispute the payment", path: ofIntent("dispute"), body: {} },
];
const refundEnds: Answer[] = [
  { id: "refund_succeeds", label: "The refund arrives", path: ofRefund("succeed") },
  { id: "refund_fails", label: "The refund fails", path: ofRefund("fail") },
];
const disputeEnds: Answer[] = [
  { id: "dispute_won", label: "The shop wins the dispute", path: ofDispute("win") },
  { id: "dispute_lost", label: "The shop loses the dispute", path: ofDispute("lose") },
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
