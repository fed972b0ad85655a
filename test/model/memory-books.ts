import { judgeAll } from "../../src/orders/paying/judge-intent.ts";
import type { Sync } from "../../src/orders/paying/sync-payments.ts";
import { judgeRefund } from "../../src/orders/refunds/judge-refund.ts";
import type { Books, Job } from "./books.ts";
import { clockOf } from "./memory-clock.ts";
import { cancelOrder, closeOrder, expireHolds } from "./memory-closing.ts";
import { editOrder } from "./memory-edits.ts";
import { payByForce } from "./memory-force.ts";
import { applyIntents } from "./memory-intents.ts";
import * as money from "./memory-refunds.ts";
import type { Rules } from "./memory-rows.ts";
import { cancelLines, ship, takeBack } from "./memory-shipping.ts";
import { snapshotOf } from "./memory-snapshot.ts";
import { startsIn } from "./memory-starts.ts";
import { leaseSeconds, priceMinor, Tables } from "./memory-tables.ts";
import type { News } from "./tiny-stripe.ts";

/** The rules as the product has them. */
export const productRules: Rules = {
  judgeAll,
  judgeRefund,
  asksFirst: true,
  mostToRefund: (leftMinor) => leftMinor,
  keepsKeys: true,
};

/** The shop's tables in memory, moved by the product's decisions and by nothing else. */
export function memoryBooks(rules: Rules = productRules): Books {
  const tables = new Tables();
  const clock = clockOf(tables);
  return {
    ...clock,
    ...ordersIn(tables, rules, clock.now),
    ...startsIn(tables, clock.now),
    ...syncsIn(tables, rules, clock.now),
    ...refundsIn(tables, rules, clock.now),
    look: async () => snapshotOf(tables),
  };
}

type Now = () => Promise<string>;

function ordersIn(tables: Tables, rules: Rules, now: Now) {
  const waiting = (orderIds: readonly string[]) =>
    orderIds.map((id) => tables.order(id)).filter(({ status }) => status === "reserving");
  return {
    async place(quantity: number): Promise<Job[]> {
      const id = tables.id("order");
      tables.orders.set(id, {
        ...{ id, number: id, status: "draft", closing: null, attention: null, quantity },
        ...{ totalMinor: quantity * priceMinor, placedAt: tables.now, expiresAt: null },
        ...{ edit: null, heldAt: null, dueAt: tables.now + leaseSeconds, round: 0 },
        ...{ lastError: null, shipped: 0, cancelled: 0, returned: 0 },
        history: [{ event: "placed", from: null, to: "draft", detail: {} }],
      });
      return tables.advance("checked_out", id);
    },
    async reserve(orderIds: readonly string[]): Promise<Job[]> {
      return waiting(orderIds).flatMap((order) => {
        const isStale = (order.expiresAt ?? 0) <= tables.now;
        if (isStale) return tables.advance("draft_expired", order.id);
        return tables.advance(tables.hold(order) ? "stock_reserved" : "stock_refused", order.id);
      });
    },
    expireHolds: async () => expireHolds(tables, rules),
    async closeOrders(orderIds: readonly string[]) {
      const all = [];
      for (const id of orderIds) {
        all.push(closeOrder(tables, rules, tables.order(id), await now()));
      }
      return { closes: all.map(({ close }) => close), jobs: all.flatMap(({ jobs }) => jobs) };
    },
    cancel: async (wish: Parameters<Books["cancel"]>[0]) =>
      cancelLines(tables, rules, wish) ?? cancelOrder(tables, rules, wish),
    ship: async (orderId: string, quantity: number | null) => ship(tables, orderId, quantity),
    takeBack: async (wish: Parameters<Books["takeBack"]>[0]) => takeBack(tables, rules, wish),
    force: async (orderId: string) => payByForce(tables, rules, orderId),
    edit: async (orderId: string, quantity: number) =>
      editOrder(tables, tables.order(orderId), quantity),
  };
}

function syncsIn(tables: Tables, rules: Rules, now: Now) {
  const heard: (News & { at: string })[] = [];
  const rowOf = (id: string) => tables.payments.get(id);
  return {
    async hear(news: News) {
      heard.push({ ...news, at: await now() });
    },
    async claimSync(paymentId: string): Promise<Sync> {
      const { intentId = null, status } = rowOf(paymentId) ?? {};
      const stray = heard.find(
        (news) =>
          news.topic === "intent" && news.paymentId === paymentId && news.intentId !== intentId,
      );
      const observedAt = await now();
      if (stray) {
        const read = { todo: "read" as const, intentId: stray.intentId, observedAt };
        return { ...read, heard: true, stray: intentId !== null };
      }
      if (intentId === null) return { todo: "nothing", because: "Stripe was never asked" };
      if (status === "captured") return { todo: "settle", intentId, observedAt };
      return { todo: "read", intentId, heard: false, stray: false, observedAt };
    },
    async findLeftOpen(paymentId: string) {
      const { orderId = "", intentId, dueAt, round = 0 } = rowOf(paymentId) ?? {};
      if (!intentId || dueAt === null) return null;
      if (tables.order(orderId).status === "awaiting_payment") return null;
      return { paymentId, intentId, observedAt: await now(), tryNumber: round + 1 };
    },
    async applyIntents(seen: Parameters<Books["applyIntents"]>[0]) {
      const result = applyIntents(tables, rules, seen);
      for (const { paymentId, intent, observedAt } of seen) {
        const isSettled = (news: (typeof heard)[number]) =>
          news.paymentId === paymentId && news.intentId === intent.id && news.at <= observedAt;
        heard.splice(0, heard.length, ...heard.filter((news) => !isSettled(news)));
      }
      return result;
    },
  };
}

function refundsIn(tables: Tables, rules: Rules, now: Now) {
  return {
    async refund(orderId: string, amountMinor: number | null): Promise<Job[]> {
      const captured = tables.paymentsOf(orderId).filter(({ status }) => status === "captured");
      if (captured.some(({ id }) => money.isDisputed(tables, id))) return [];
      const paymentId = captured.find(({ isExternal }) => !isExternal)?.id ?? "";
      const wish = { paymentId, reason: "wished", intention: tables.id("wish"), amountMinor };
      return money.requestRefund(tables, rules, wish).jobs;
    },
    claimRefund: async (id: string) => money.claimRefund(tables, rules, id),
    renewRefund: async (id: string, tryNumber: number) =>
      money.renewRefund(tables, rules, id, tryNumber),
    failRefund: async (id: string) => money.failRefund(tables, id),
    async claimLook(paymentId: string) {
      const intentId = tables.payments.get(paymentId)?.intentId;
      return intentId ? { paymentId, intentId, observedAt: await now() } : null;
    },
    paymentOf: async (table: "refunds" | "disputes", id: string) =>
      tables[table].get(id)?.paymentId ?? null,
    async applyRefunds(seen: Parameters<Books["applyRefunds"]>[0]) {
      for (const look of seen) money.applyRefunds(tables, rules, look);
    },
    async applyDisputes(seen: Parameters<Books["applyDisputes"]>[0]) {
      for (const look of seen) money.applyDisputes(tables, look);
    },
  };
}
