import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { nowAsText } from "../../src/db/clock.ts";
import type { Db } from "../../src/db/connect.ts";
import { inTransaction, type Trx } from "../../src/db/transaction.ts";
import { moveStock } from "../../src/inventory/movements.ts";
import type { MovedOrder } from "../../src/orders/advance.ts";
import { applyIntents } from "../../src/orders/apply-intent.ts";
import { cancelOrders } from "../../src/orders/cancel-order.ts";
import { closeOrders, expireHolds } from "../../src/orders/close-orders.ts";
import { readInstallation } from "../../src/orders/installation.ts";
import type { OrderStatus } from "../../src/orders/lifecycle.ts";
import { reserveOrders } from "../../src/orders/reserve-orders.ts";
import { claimStarts, failStarts } from "../../src/orders/start-payments.ts";
import { claimSyncs, matchEvents } from "../../src/orders/sync-payments.ts";
import { storeEvents } from "../../src/payments/inbox.ts";
import type { IntentStatus } from "../../src/payments/intent.ts";
import type { Dice } from "../support/dice.ts";
import { testSettings } from "../support/settings.ts";
import { openShop, placed, requestOf, stockProduct } from "../support/shop.ts";

/** Few goods and few orders in large batches: everybody wants the same rows. */
const goods = 8;
const orderCount = 24;

/** Batches of all that happens to orders, drawn by chance over the same orders and goods. */
export async function startMelee(db: Db, random: Dice) {
  const settings = testSettings("postgres://unused", { LEASE_SECONDS: 60 });
  const shop = await openShop(db);
  const ours = { installation: await readInstallation(db), livemode: false };
  const skus = Array.from({ length: goods }, (_, index) => `sku-${index}`);
  for (const sku of skus) await stockProduct(db, sku, 100_000);
  const moved: Partial<Record<OrderStatus, number>> = {};
  let orders: string[] = [];
  let payments: { id: string; orderId: string; amountMinor: number }[] = [];

  /** New orders: some wait for stock, some for Stripe, some can be paid, some are overdue. */
  async function prepare(): Promise<void> {
    const requests = Array.from({ length: orderCount }, () => {
      const wanted = random.shuffled(skus).slice(0, 1 + random.below(4));
      return requestOf(shop, wanted.map((sku) => ({ sku, quantity: 1 })));
    });
    orders = await placed(db, settings, ...requests);
    // In parts and shuffled, so that payments stand in another order than their orders.
    const reserved = random.shuffled(orders).slice(0, 18);
    for (const part of [reserved.slice(0, 6), reserved.slice(6, 12), reserved.slice(12)]) {
      count((await inTransaction(db, (trx) => reserveOrders(trx, settings, part))).moved);
    }
    payments = await db
      .selectFrom("payments")
      .select(["id", "order_id as orderId", "amount_minor as amountMinor"])
      .where("order_id", "in", orders)
      .execute();
    await inTransaction(db, kinds.created);
    await sql`UPDATE orders SET expires_at = now() - interval '1 second'
      WHERE id = ANY(${reserved.slice(0, 8)}::uuid[]) AND status = 'awaiting_payment'`.execute(db);
  }

  function count(all: readonly MovedOrder[]): void {
    for (const { to } of all) moved[to] = (moved[to] ?? 0) + 1;
  }

  const some = <Item>(items: readonly Item[]) =>
    random.shuffled(items).slice(0, 4 + random.below(16));

  const tell = (status: IntentStatus) => async (trx: Trx) => {
    const { rows } = await sql<{ at: string }>`SELECT ${nowAsText} AS at`.execute(trx);
    const seen = some(payments).map(({ id, orderId, amountMinor }) => ({
      paymentId: id,
      observedAt: rows[0]?.at ?? "",
      intent: {
        ...{ id: `pi_${id}`, status, amountMinor, currency: "gbp", livemode: false },
        capturedMinor: status === "captured" ? amountMinor : 0,
        ...{ clientSecret: `pi_${id}_secret`, orderId, paymentId: id, decline: null },
        installation: ours.installation,
      },
    }));
    count((await applyIntents(trx, settings, ours, seen)).moved);
  };

  const kinds = {
    reserve: async (trx: Trx) => count((await reserveOrders(trx, settings, some(orders))).moved),
    created: tell("needs_payment"),
    captured: tell("captured"),
    gone: tell("cancelled"),
    close: async (trx: Trx) => count((await closeOrders(trx, settings, some(orders))).moved),
    expire: async (trx: Trx) => count((await expireHolds(trx, settings)).moved),
    cancel: async (trx: Trx) => {
      const wishes = some(orders).map((orderId) => ({
        ...{ orderId, shopId: shop.id, idempotencyKey: randomUUID(), actor: "key:test" },
        fingerprint: Buffer.from(orderId),
      }));
      count((await cancelOrders(trx, settings, wishes)).moved);
    },
    start: (trx: Trx) => claimStarts(trx, some(payments).map(({ id }) => id)),
    fail: (trx: Trx) =>
      failStarts(trx, some(payments).map(({ id }) => ({ paymentId: id, reason: "no" }))),
    sync: (trx: Trx) => claimSyncs(trx, some(payments).map(({ id }) => id)),
    receive: (trx: Trx) =>
      moveStock(
        trx,
        some(skus).map((sku) => ({ sku, kind: "receive" as const, quantity: 1, reason: "x", actor: "test" })),
      ),
    events: (trx: Trx) => storeEvents(trx, settings, some(payments).map(eventOf)),
    match: (trx: Trx) => matchEvents(trx, some(payments).map(({ id }) => `evt_${id}`)),
  };

  function eventOf({ id }: { id: string }) {
    const type = "payment_intent.succeeded";
    const event = { id: `evt_${id}`, type, intentId: `pi_${id}`, paymentId: id };
    const rest = { installation: ours.installation, createdAt: new Date(), body: Buffer.from("{}") };
    return { event: { ...event, ...rest }, source: "webhook" as const };
  }

  return {
    prepare,
    kinds: Object.keys(kinds) as (keyof typeof kinds)[],
    /** One batch of that kind, over rows drawn by chance. */
    act: (kind: keyof typeof kinds) => inTransaction<unknown>(db, kinds[kind]),
    tally: () => ({ moved: { paid: 0, expired: 0, cancelled: 0, awaiting_payment: 0, ...moved } }),
  };
}
