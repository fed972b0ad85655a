import type { HoldStatus } from "../../src/inventory/lifecycle.ts";
import type { Close } from "../../src/orders/close-orders.ts";
import type { Closing, OrderEvent, OrderRemark, OrderStatus } from "../../src/orders/lifecycle.ts";
import type { Applied } from "../../src/orders/paying/apply-intent.ts";
import type { Look } from "../../src/orders/paying/look-at-payments.ts";
import type { Start } from "../../src/orders/paying/start-payments.ts";
import type { Sync } from "../../src/orders/paying/sync-payments.ts";
import type { RefundStart } from "../../src/orders/refunds/start-refunds.ts";
import type { DisputesSeen } from "../../src/payments/dispute.ts";
import type { NewRefund } from "../../src/payments/gateway.ts";
import type { Observation } from "../../src/payments/intent.ts";
import type {
  DisputeStatus,
  LedgerAccount,
  PaymentStatus,
  RefundStatus,
} from "../../src/payments/lifecycle.ts";
import type { RefundsSeen } from "../../src/payments/refund.ts";
import type { News } from "./tiny-stripe.ts";

/** A job as a hint or a row's clock names it. */
export type Job = { kind: string; id: string };
/** A job that its row's clock wakes, and in how many seconds. */
export type Due = Job & { inSeconds: number };

export type CancelWish = {
  orderId: string;
  /** So many pieces of a paid order; null: all of it. */
  quantity: number | null;
  refund: "full" | "none" | null;
  isGuest: boolean;
};
export type ReturnWish = {
  orderId: string;
  quantity: number;
  restock: boolean;
  refund: "full" | "none";
};

/**
 * The one shop that both models play with: the order, payment, refund, dispute and hold tables,
 * and what the workers do with them. Once in memory, by the product's pure decisions; once in
 * PostgreSQL, by its domain functions. What is returned as jobs are the hints after a COMMIT.
 */
export type Books = {
  /** The moment before Stripe is asked, as the product writes it down. */
  now(): Promise<string>;
  /** Lets time pass for every row. */
  pass(seconds: number): Promise<void>;
  waiting(): Promise<Due[]>;
  /** The jobs of the rows that are due; their clocks are moved on, as the sweeper does it. */
  claimDue(): Promise<Job[]>;
  recordFailure(job: Job): Promise<void>;

  place(quantity: number): Promise<Job[]>;
  reserve(orderIds: readonly string[]): Promise<Job[]>;
  expireHolds(): Promise<Job[]>;
  closeOrders(orderIds: readonly string[]): Promise<{ closes: (Close | null)[]; jobs: Job[] }>;
  cancel(wish: CancelWish): Promise<Job[]>;
  /** So many pieces of an order leave the house; null: all that is left. */
  ship(orderId: string, quantity: number | null): Promise<Job[]>;
  takeBack(wish: ReturnWish): Promise<Job[]>;
  /** An admin says that it was paid by other means than Stripe. */
  force(orderId: string): Promise<Job[]>;
  /** Somebody wants another quantity; of a rejected order, and checks it out again. */
  edit(orderId: string, quantity: number): Promise<Job[]>;

  claimStart(paymentId: string): Promise<Start>;
  raiseCreateTry(paymentId: string): Promise<void>;
  failStart(paymentId: string): Promise<void>;
  /** An event of Stripe's comes in, by webhook or cursor. */
  hear(news: News): Promise<void>;
  claimSync(paymentId: string): Promise<Sync>;
  findLeftOpen(paymentId: string): Promise<(Look & { tryNumber: number }) | null>;
  applyIntents(seen: readonly Observation[]): Promise<{ applied: (Applied | null)[]; jobs: Job[] }>;

  refund(orderId: string, amountMinor: number | null): Promise<Job[]>;
  claimRefund(refundId: string): Promise<RefundStart>;
  renewRefund(refundId: string, tryNumber: number): Promise<NewRefund | null>;
  failRefund(refundId: string): Promise<void>;
  claimLook(paymentId: string): Promise<Look | null>;
  paymentOf(table: "refunds" | "disputes", id: string): Promise<string | null>;
  applyRefunds(seen: readonly RefundsSeen[]): Promise<void>;
  applyDisputes(seen: readonly DisputesSeen[]): Promise<void>;

  look(): Promise<Snapshot>;
};

/** All tables at one moment, as far as the promises speak of them. */
export type Snapshot = {
  orders: readonly {
    id: string;
    status: OrderStatus;
    closing: Closing | null;
    attention: string | null;
    quantity: number;
    shipped: number;
    cancelled: number;
    returned: number;
    totalMinor: number;
    waits: boolean;
    history: readonly Entry[];
  }[];
  payments: readonly {
    id: string;
    orderId: string;
    status: PaymentStatus;
    isExternal: boolean;
    intentId: string | null;
    secretStored: boolean;
    hasSecret: boolean;
    capturedMinor: number;
    waits: boolean;
  }[];
  refunds: readonly {
    id: string;
    orderId: string;
    paymentId: string;
    status: RefundStatus;
    amountMinor: number;
    /** Asked for by us, not found at Stripe. */
    isOurs: boolean;
    waits: boolean;
  }[];
  disputes: readonly { id: string; paymentId: string; status: DisputeStatus; waits: boolean }[];
  holds: readonly { orderId: string; quantity: number; status: HoldStatus }[];
  stock: { onHand: number; reserved: number };
  /** Of what was returned, how much is for sale again. */
  restocked: number;
  ledger: readonly { movement: string; account: LedgerAccount; amountMinor: number }[];
};

/** One line of an order's history. */
export type Entry = {
  event: OrderEvent | OrderRemark;
  from: OrderStatus | null;
  to: OrderStatus;
  detail: Readonly<Record<string, unknown>>;
};
