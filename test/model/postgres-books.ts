import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { nowAsText } from "../../src/db/clock.ts";
import type { Db } from "../../src/db/connect.ts";
import { inTransaction, type Trx } from "../../src/db/transaction.ts";
import { Refused } from "../../src/errors.ts";
import { cancelOrders } from "../../src/orders/cancel-order.ts";
import { closeOrders, expireHolds } from "../../src/orders/close-orders.ts";
import { applyDisputes } from "../../src/orders/disputes/apply-disputes.ts";
import { checkOutOrder } from "../../src/orders/edits/check-out-order.ts";
import { editOrder } from "../../src/orders/edits/edit-order.ts";
import { payByForce } from "../../src/orders/operators/pay-by-force.ts";
import { applyIntents } from "../../src/orders/paying/apply-intent.ts";
import { findLeftOpen, paymentOf, planLooks } from "../../src/orders/paying/look-at-payments.ts";
import {
  claimStarts,
  failStarts,
  raiseCreateTries,
} from "../../src/orders/paying/start-payments.ts";
import { planSyncs } from "../../src/orders/paying/sync-payments.ts";
import { applyRefunds } from "../../src/orders/refunds/apply-refunds.ts";
import { failRefunds } from "../../src/orders/refunds/fail-refunds.ts";
import { refundOrders } from "../../src/orders/refunds/refund-order.ts";
import { claimRefunds, renewRefund } from "../../src/orders/refunds/start-refunds.ts";
import { reserveOrders } from "../../src/orders/reserve-orders.ts";
import { storeEvents } from "../../src/payments/inbox.ts";
import type { Hint } from "../../src/queues/hint.ts";
import { recordFailure } from "../../src/workers/record-failure.ts";
import { placed, requestOf } from "../support/shop.ts";
import type { Books, CancelWish, Job } from "./books.ts";
import { postgresClock } from "./postgres-clock.ts";
import { jobsOf, type Place } from "./postgres-place.ts";
import { goodsIn } from "./postgres-shipping.ts";
import { readSnapshot } from "./postgres-snapshot.ts";
import type { News } from "./tiny-stripe.ts";

/** The shop's real tables, moved by the product's own functions in transactions of their own. */
export function postgresBooks(place: Place): Books {
  const { db, sku } = place;
  return {
    ...postgresClock(db, sku),
    ...ordersIn(place),
    ...goodsIn(place),
    ...paymentsIn(place),
    ...refundsIn(place),
    now: () => momentIn(db),
    recordFailure: async (job) => {
      await recordFailure(db, place.settings, job, "it failed");
    },
    look: () => readSnapshot(db, sku),
  };
}

async function momentIn(db: Db): Promise<string> {
  const { rows } = await sql<{ at: string }>`SELECT ${nowAsText} AS at`.execute(db);
  return rows[0]?.at ?? "";
}

function ordersIn({ db, settings, shop, sku }: Place) {
  const work = <Result>(act: (trx: Trx) => Promise<Result>) => inTransaction(db, act);
  return {
    async place(quantity: number): Promise<Job[]> {
      const ids = await placed(db, settings, requestOf(shop, [{ sku, quantity }]));
      return ids.map((id) => ({ kind: "reserve", id }));
    },
    reserve: async (orderIds: readonly string[]) =>
      jobsOf(await work((trx) => reserveOrders(trx, settings, orderIds))),
    expireHolds: async () => jobsOf(await work((trx) => expireHolds(trx, settings))),
    async closeOrders(orderIds: readonly string[]) {
      const { closes, ...advanced } = await work((trx) => closeOrders(trx, settings, orderIds));
      return { closes, jobs: jobsOf(advanced) };
    },
    async cancel({ orderId, quantity, refund, isGuest }: CancelWish) {
      const about = { orderId, shopId: shop.id, idempotencyKey: randomUUID(), actor: "key:test" };
      const lines = quantity === null ? null : [{ sku, quantity }];
      const wish = { ...about, fingerprint: Buffer.from(orderId), lines, refund, isGuest };
      return jobsOf(await work((trx) => cancelOrders(trx, settings, [wish])));
    },
    async edit(orderId: string, quantity: number) {
      const { version, status } = await db
        .selectFrom("orders")
        .select(["version", "status"])
        .where("id", "=", orderId)
        .executeTakeFirstOrThrow();
      const about = { orderId, shopId: shop.id, actor: "key:test" };
      const wish = {
        ...{ ...about, version, lines: [{ sku, quantity }], isGuest: false },
        ...{ adjustments: null, contact: null, locale: null },
      };
      const edited = await work((trx) => editOrder(trx, settings, wish)).catch(unlessRefused);
      if (status !== "rejected") return jobsOf(edited);
      const key = { idempotencyKey: randomUUID(), fingerprint: Buffer.from(orderId) };
      const checkout = work((trx) => checkOutOrder(trx, settings, { ...about, ...key }));
      return jobsOf(await checkout.catch(unlessRefused));
    },
    async force(orderId: string) {
      const wish = { orderId, reference: "till 7", note: null, actor: "ops:test" };
      const forced = work((trx) => payByForce(trx, settings, wish));
      return jobsOf(await forced.catch(unlessRefused));
    },
  };
}

function paymentsIn({ db, settings, ownership }: Place) {
  const work = <Result>(act: (trx: Trx) => Promise<Result>) => inTransaction(db, act);
  return {
    claimStart: async (paymentId: string) => only(await claimStarts(db, [paymentId])),
    raiseCreateTry: (paymentId: string) => raiseCreateTries(db, [paymentId]),
    failStart: (paymentId: string) =>
      work((trx) => failStarts(trx, [{ paymentId, reason: "refused" }])),
    async hear({ id, topic, intentId, paymentId }: News) {
      const { installation } = ownership;
      const type = { intent: "payment_intent.succeeded", refund: "refund.updated" }[
        topic as string
      ];
      const event = {
        ...{ id, type: type ?? "charge.dispute.updated", topic, intentId, paymentId, installation },
        ...{ createdAt: new Date(), body: Buffer.from("{}") },
      };
      await storeEvents(db, settings, [{ event, source: "webhook" }]);
    },
    claimSync: async (paymentId: string) => only(await planSyncs(db, [paymentId])),
    findLeftOpen: (paymentId: string) => findLeftOpen(db, paymentId),
    async applyIntents(seen: Parameters<Books["applyIntents"]>[0]) {
      const { applied, ...advanced } = await work((trx) =>
        applyIntents(trx, settings, ownership, seen),
      );
      return { applied, jobs: jobsOf(advanced) };
    },
  };
}

function refundsIn({ db, settings, shop }: Place) {
  const work = <Result>(act: (trx: Trx) => Promise<Result>) => inTransaction(db, act);
  return {
    async refund(orderId: string, amountMinor: number | null) {
      const about = { orderId, shopId: shop.id, idempotencyKey: randomUUID(), actor: "key:test" };
      const wish = {
        ...{ paymentId: null, amountMinor, lines: null },
        ...{ reason: "requested_by_customer", note: null, byHand: false },
      };
      const request = { ...about, ...wish, fingerprint: Buffer.from(orderId) };
      return jobsOf(await work((trx) => refundOrders(trx, settings, [request])));
    },
    claimRefund: async (id: string) => only(await claimRefunds(db, [id])),
    renewRefund: (id: string, tryNumber: number) => renewRefund(db, id, tryNumber),
    async failRefund(refundId: string) {
      await work((trx) => failRefunds(trx, settings, [{ refundId, reason: "refused" }]));
    },
    claimLook: async (paymentId: string) => only(await planLooks(db, [paymentId])),
    paymentOf: (table: "refunds" | "disputes", id: string) => paymentOf(db, table, id),
    async applyRefunds(seen: Parameters<Books["applyRefunds"]>[0]) {
      await work((trx) => applyRefunds(trx, settings, seen));
    },
    async applyDisputes(seen: Parameters<Books["applyDisputes"]>[0]) {
      await work((trx) => applyDisputes(trx, seen));
    },
  };
}

/** What is refused has changed nothing. */
function unlessRefused(error: unknown): { hints: Hint[] } {
  if (error instanceof Refused) return { hints: [] };
  throw error;
}

function only<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new Error("There is no answer.");
  return item;
}
