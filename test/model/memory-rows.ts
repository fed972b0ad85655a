import type { HoldStatus } from "../../src/inventory/lifecycle.ts";
import type { Closing, OrderStatus } from "../../src/orders/lifecycle.ts";
import type { judgeAll } from "../../src/orders/paying/judge-intent.ts";
import type { judgeRefund } from "../../src/orders/refunds/judge-refund.ts";
import type { DisputeStatus, PaymentStatus, RefundStatus } from "../../src/payments/lifecycle.ts";
import type { Entry } from "./books.ts";

/** What decides: the product's own rules, or one of them broken to see that the model notices. */
export type Rules = {
  judgeAll: typeof judgeAll;
  judgeRefund: typeof judgeRefund;
  /** Whether Stripe is to confirm a cancel before the stock is given back. */
  asksFirst: boolean;
  /** Of what a payment has left, how much may be asked back. */
  mostToRefund(leftMinor: number): number;
  /** Whether a refund whose answer was lost goes under the same key again. */
  keepsKeys: boolean;
};

type Waits = { dueAt: number | null; round: number; lastError: string | null };

export type OrderRow = Waits & {
  id: string;
  number: string;
  status: OrderStatus;
  closing: Closing | null;
  attention: string | null;
  quantity: number;
  shipped: number;
  cancelled: number;
  returned: number;
  totalMinor: number;
  placedAt: number;
  expiresAt: number | null;
  heldAt: number | null;
  /** The quantity that it is to have once nobody can pay it any more. */
  edit: number | null;
  history: Entry[];
};

export type PaymentRow = Waits & {
  id: string;
  orderId: string;
  status: PaymentStatus;
  amountMinor: number;
  /** It came by other means than Stripe. */
  isExternal: boolean;
  askedAt: number | null;
  tryNumber: number;
  intentId: string | null;
  clientSecret: string | null;
  secretStored: boolean;
  capturedMinor: number;
  capturedAt: number | null;
  processingSince: number | null;
  observedAt: string | null;
};

export type RefundRow = Waits & {
  id: string;
  orderId: string;
  paymentId: string;
  status: RefundStatus;
  intention: string | null;
  reason: string;
  amountMinor: number;
  /** How many pieces it is for by their name. */
  pieces: number;
  askedAt: number | null;
  tryNumber: number;
  stripeId: string | null;
  observedAt: string | null;
};

export type DisputeRow = Waits & {
  id: string;
  paymentId: string;
  status: DisputeStatus;
  observedAt: string;
};

export type HoldRow = { orderId: string; quantity: number; status: HoldStatus };
