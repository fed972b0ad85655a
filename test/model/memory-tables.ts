import { holdTransitions } from "../../src/inventory/lifecycle.ts";
import {
  type OrderEvent,
  type OrderRemark,
  type OrderStatus,
  transition,
} from "../../src/orders/lifecycle.ts";
import type { Movement } from "../../src/payments/ledger.ts";
import { type LedgerAccount, liveStatuses } from "../../src/payments/lifecycle.ts";
import type { Entry, Job } from "./books.ts";
import type { DisputeRow, HoldRow, OrderRow, PaymentRow, RefundRow } from "./memory-rows.ts";

export const leaseSeconds = 6;
const holdSeconds = 30 * 60;
export const holdMaxSeconds = 120 * 60;
const draftSeconds = 30 * 60;
const bucketSeconds = 5;

/** What a piece of the one product costs, and how many there are for all customers. */
export const priceMinor = 500;
export const onHand = 4;

type Moved = Pick<Movement, "movement" | "from" | "to" | "amountMinor">;

/** The tables as plain objects, and the one door through which orders change their status. */
export class Tables {
  now = 0;
  readonly orders = new Map<string, OrderRow>();
  readonly payments = new Map<string, PaymentRow>();
  readonly refunds = new Map<string, RefundRow>();
  readonly disputes = new Map<string, DisputeRow>();
  readonly holds: HoldRow[] = [];
  readonly stock = { onHand, reserved: 0 };
  restocked = 0;
  readonly ledger: { movement: string; account: LedgerAccount; amountMinor: number }[] = [];
  readonly #booked = new Set<string>();
  #count = 0;

  id(kind: string): string {
    this.#count += 1;
    return `${kind}_${this.#count}`;
  }

  order(id: string): OrderRow {
    const order = this.orders.get(id);
    if (order) return order;
    throw new Error(`There is no order ${id}.`);
  }

  paymentsOf(orderId: string): PaymentRow[] {
    return [...this.payments.values()].filter((payment) => payment.orderId === orderId);
  }

  advance(event: OrderEvent, orderId: string, detail: Entry["detail"] = {}): Job[] {
    const { from, to } = transition(event);
    const order = this.order(orderId);
    if (!from.includes(order.status)) return [];
    order.history.push({ event, from: order.status, to, detail });
    Object.assign(order, { status: to, closing: null, round: 0, lastError: null });
    this.#setClock(order, to);
    const jobs = this.#effects[event]?.(order) ?? [];
    // Whatever else moved it: what it was to become comes too late.
    if (order.edit !== null) this.#dropEdit(order);
    return jobs;
  }

  remark(orderId: string, event: OrderRemark, detail: Entry["detail"] = {}): void {
    const { status, history } = this.order(orderId);
    history.push({ event, from: status, to: status, detail });
  }

  /** The first flag stays; each is told once. */
  flag(orderId: string, code: string): void {
    const order = this.order(orderId);
    const isTold = order.history.some(
      ({ event, detail }) => event === "attention" && detail["code"] === code,
    );
    if (order.attention !== null && isTold) return;
    order.attention ??= code;
    this.remark(orderId, "attention", { code });
  }

  /** Each movement once, with its two entries. */
  book({ movement, from, to, amountMinor }: Moved): void {
    if (amountMinor === 0 || this.#booked.has(movement)) return;
    this.#booked.add(movement);
    this.ledger.push({ movement, account: from, amountMinor: -amountMinor });
    this.ledger.push({ movement, account: to, amountMinor });
  }

  /** All or nothing; answers whether it fitted. */
  hold({ id: orderId, quantity }: OrderRow): boolean {
    const isHeld = ({ status, ...hold }: HoldRow) => hold.orderId === orderId && status === "held";
    const held = this.holds.find(isHeld);
    if (held?.quantity === quantity) return true;
    this.#release(orderId);
    if (this.stock.onHand - this.stock.reserved < quantity) return false;
    this.stock.reserved += quantity;
    this.holds.push({ orderId, quantity, status: "held" });
    return true;
  }

  openPayment({ id: orderId, totalMinor: amountMinor }: OrderRow): Job[] {
    const isLive = ({ status }: PaymentRow) => liveStatuses.includes(status);
    if (this.paymentsOf(orderId).some(isLive)) throw new Error("one_live_payment is violated.");
    const id = this.id("payment");
    this.payments.set(id, {
      ...{ id, orderId, status: "created", amountMinor, isExternal: false },
      ...{ askedAt: null, tryNumber: 1 },
      ...{ intentId: null, clientSecret: null, secretStored: false, capturedMinor: 0 },
      ...{ capturedAt: null, processingSince: null, observedAt: null },
      ...{ dueAt: this.now + leaseSeconds, round: 0, lastError: null },
    });
    return [{ kind: "start_payment", id }];
  }

  #dropEdit(order: OrderRow): void {
    order.edit = null;
    this.remark(order.id, "edit_refused", { because: order.status === "paid" ? "paid" : "over" });
  }

  #setClock(order: OrderRow, to: OrderStatus): void {
    const { now } = this;
    if (to === "draft" || to === "reserving") {
      Object.assign(order, { expiresAt: now + draftSeconds, dueAt: now + leaseSeconds });
    } else if (to === "awaiting_payment") {
      const heldAt = order.heldAt ?? now;
      const expiresAt = Math.min(now + holdSeconds, heldAt + holdMaxSeconds);
      const dueAt = expiresAt + bucketSeconds + leaseSeconds;
      Object.assign(order, { expiresAt, dueAt, heldAt });
    } else {
      Object.assign(order, { expiresAt: null, dueAt: null });
    }
    if (to === "draft" || to === "rejected") order.heldAt = null;
  }

  /** What the journey does to payments and holds; mails and erasing are not played here. */
  readonly #effects: Partial<Record<OrderEvent, (order: OrderRow) => Job[]>> = {
    stock_reserved: (order) => this.openPayment(order),
    edited: ({ id }) => [...this.#dropSecrets(id), { kind: "reserve", id }],
    checked_out: ({ id }) => [{ kind: "reserve", id }],
    draft_expired: ({ id }) => {
      this.#release(id);
      return [];
    },
    payment_captured: (order) => this.#sell(order),
    revived: (order) => this.#sell(order),
    paid_by_force: (order) => this.#sell(order),
    hold_expired: (order) => this.#giveBack(order),
    cancelled: (order) => this.#giveBack(order),
    cancelled_after_payment: ({ id }) => {
      this.#release(id);
      return [];
    },
  };

  #sell({ id }: OrderRow): Job[] {
    const leftOver = this.#dropSecrets(id);
    this.#moveHolds(id, "sell");
    return leftOver;
  }

  #giveBack({ id }: OrderRow): Job[] {
    const leftOver = this.#dropSecrets(id);
    this.#release(id);
    return leftOver;
  }

  #release(orderId: string): void {
    for (const { quantity } of this.#moveHolds(orderId, "release")) this.stock.reserved -= quantity;
  }

  #moveHolds(orderId: string, way: keyof typeof holdTransitions): HoldRow[] {
    const { from, to } = holdTransitions[way];
    const moved = this.holds.filter(
      (hold) => hold.orderId === orderId && from.some((status) => status === hold.status),
    );
    for (const hold of moved) hold.status = to;
    return moved;
  }

  /** A payment that Stripe was never asked for is over; one that it may know of is looked at. */
  #dropSecrets(orderId: string): Job[] {
    const jobs: Job[] = [];
    for (const payment of this.paymentsOf(orderId)) {
      payment.clientSecret = null;
      if (payment.status !== "created") continue;
      if (payment.askedAt === null) {
        Object.assign(payment, { status: "cancelled", dueAt: null });
      } else {
        payment.dueAt = this.now;
        jobs.push({ kind: "start_payment", id: payment.id });
      }
    }
    return jobs;
  }
}
