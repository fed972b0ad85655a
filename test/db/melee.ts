import { sql } from "kysely";
import type { Settings } from "../../src/config.ts";
import { nowAsText } from "../../src/db/clock.ts";
import type { Db } from "../../src/db/connect.ts";
import { inTransaction, type Trx } from "../../src/db/transaction.ts";
import { Refused } from "../../src/errors.ts";
import { moveStock } from "../../src/inventory/movements.ts";
import type { MovedOrder } from "../../src/orders/advance.ts";
import { closeOrders, expireHolds } from "../../src/orders/close-orders.ts";
import { readInstallation } from "../../src/orders/installation/installation.ts";
import type { OrderStatus } from "../../src/orders/lifecycle.ts";
import { extendHold } from "../../src/orders/operators/extend-hold.ts";
import { payByForce } from "../../src/orders/operators/pay-by-force.ts";
import { releaseHold } from "../../src/orders/operators/release-hold.ts";
import { applyIntents } from "../../src/orders/paying/apply-intent.ts";
import { claimStarts, failStarts } from "../../src/orders/paying/start-payments.ts";
import { matchEvents, planSyncs } from "../../src/orders/paying/sync-payments.ts";
import { reserveOrders } from "../../src/orders/reserve-orders.ts";
import { storeEvents } from "../../src/payments/inbox.ts";
import type { IntentStatus } from "../../src/payments/intent.ts";
import type { Dice } from "../support/dice.ts";
import { plainIntent } from "../support/plain-intent.ts";
import { testSettings } from "../support/settings.ts";
import { openShop, placed, requestOf, stockProduct, type TestShop } from "../support/shop.ts";
import { cancelSome, shipSome, takeSomeBack } from "./melee-wishes.ts";

/** Few goods and few orders in large batches: everybody wants the same rows. */
const goods = 8;
const orderCount = 24;

type Place = { shop: TestShop; skus: string[]; installation: string };
type Payment = { id: string; orderId: string; amountMinor: number };

/** Batches of all that happens to orders, drawn by chance over the same orders and goods. */
export async function startMelee(db: Db, random: Dice): Promise<Melee> {
  const shop = await openShop(db);
  const skus = Array.from({ length: goods }, (_, index) => `sku-${index}`);
  for (const sku of skus) await stockProduct(db, sku, 100_000);
  return new Melee(db, random, { shop, skus, installation: await readInstallation(db) });
}

export class Melee {
  readonly #db: Db;
  readonly #random: Dice;
  readonly #place: Place;
  readonly #settings: Settings = testSettings("postgres://unused", { LEASE_SECONDS: 60 });
  #orders: string[] = [];
  #payments: Payment[] = [];
  /** How many orders came to stand in each status. */
  readonly moved = { awaiting_payment: 0, paid: 0, expired: 0, cancelled: 0, fulfilling: 0 };

  constructor(db: Db, random: Dice, place: Place) {
    this.#db = db;
    this.#random = random;
    this.#place = place;
  }

  /** New orders: some wait for stock, some for Stripe, some can be paid, are paid or overdue. */
  async prepare(): Promise<void> {
    const { shop, skus } = this.#place;
    const requests = Array.from({ length: orderCount }, () => {
      const wanted = this.#random.shuffled(skus).slice(0, 1 + this.#random.below(4));
      const lines = wanted.map((sku) => ({ sku, quantity: 1 }));
      return requestOf(shop, lines);
    });
    this.#orders = await placed(this.#db, this.#settings, ...requests);
    // In parts and shuffled, so that payments stand in another order than their orders.
    const reserved = this.#random.shuffled(this.#orders).slice(0, 18);
    for (const part of [reserved.slice(0, 6), reserved.slice(6, 12), reserved.slice(12)]) {
      await inTransaction(this.#db, (trx) => this.#reserve(trx, part));
    }
    this.#payments = await this.#db
      .selectFrom("payments")
      .select(["id", "order_id as orderId", "amount_minor as amountMinor"])
      .where("order_id", "in", this.#orders)
      .execute();
    await this.act("created");
    const paid = this.#payments.slice(0, 4);
    await inTransaction(this.#db, (trx) => this.#apply(trx, "captured", paid));
    await sql`UPDATE orders SET expires_at = now() - interval '1 second'
      WHERE id = ANY(${reserved.slice(0, 8)}::uuid[])
        AND status = 'awaiting_payment'`.execute(this.#db);
  }

  /** One batch of that kind, over rows drawn by chance. */
  async act(kind: keyof Melee["kinds"]): Promise<void> {
    await inTransaction<unknown>(this.#db, this.kinds[kind]);
  }

  readonly kinds = {
    reserve: (trx: Trx) => this.#reserve(trx, this.#some(this.#orders)),
    created: (trx: Trx) => this.#apply(trx, "needs_payment"),
    captured: (trx: Trx) => this.#apply(trx, "captured"),
    gone: (trx: Trx) => this.#apply(trx, "cancelled"),
    close: async (trx: Trx) =>
      this.#count((await closeOrders(trx, this.#settings, this.#some(this.#orders))).moved),
    expire: async (trx: Trx) => this.#count((await expireHolds(trx, this.#settings)).moved),
    cancel: (trx: Trx) => this.#wish(trx, cancelSome),
    goods: (trx: Trx) => this.#wish(trx, this.#random.below(3) > 0 ? shipSome : takeSomeBack),
    operate: (trx: Trx) => this.#operate(trx),
    start: (trx: Trx) => claimStarts(trx, this.#paymentIds()),
    fail: (trx: Trx) =>
      failStarts(
        trx,
        this.#paymentIds().map((paymentId) => ({ paymentId, reason: "it was told to" })),
      ),
    sync: (trx: Trx) => planSyncs(trx, this.#paymentIds()),
    receive: (trx: Trx) => this.#receive(trx),
    events: (trx: Trx) => this.#storeEvents(trx),
    match: (trx: Trx) =>
      matchEvents(
        trx,
        this.#paymentIds().map((id) => `evt_${id}`),
      ),
  };

  #some<Item>(items: readonly Item[]): Item[] {
    return this.#random.shuffled(items).slice(0, 4 + this.#random.below(16));
  }

  #paymentIds(): string[] {
    return this.#some(this.#payments).map(({ id }) => id);
  }

  #count(moved: readonly MovedOrder[]): void {
    const counts: Partial<Record<OrderStatus, number>> = this.moved;
    for (const { to } of moved) counts[to] = (counts[to] ?? 0) + 1;
  }

  async #reserve(trx: Trx, orderIds: readonly string[]): Promise<void> {
    this.#count((await reserveOrders(trx, this.#settings, orderIds)).moved);
  }

  async #apply(
    trx: Trx,
    status: IntentStatus,
    payments = this.#some(this.#payments),
  ): Promise<void> {
    const { rows } = await sql<{ at: string }>`SELECT ${nowAsText} AS at`.execute(trx);
    const { installation } = this.#place;
    const observations = payments.map(({ id, orderId, amountMinor }) => ({
      paymentId: id,
      observedAt: rows[0]?.at ?? "",
      intent: {
        ...{ id: `pi_${id}`, status, amountMinor, currency: "gbp", livemode: false },
        ...{ clientSecret: `pi_${id}_secret`, orderId, paymentId: id, ...plainIntent() },
        ...{ installation, capturedMinor: status === "captured" ? amountMinor : 0 },
      },
    }));
    const ours = { installation, livemode: false };
    this.#count((await applyIntents(trx, this.#settings, ours, observations)).moved);
  }

  async #wish(trx: Trx, wish: typeof cancelSome): Promise<void> {
    const { shop, skus } = this.#place;
    const about = { random: this.#random, shopId: shop.id, skus };
    this.#count(await wish(trx, this.#settings, this.#some(this.#orders), about));
  }

  /** Operators act on one order at a time, and on any; what is refused changes nothing. */
  async #operate(trx: Trx): Promise<void> {
    const about = {
      orderId: this.#orders[this.#random.below(orderCount)] ?? "",
      actor: "ops:test",
    };
    const settings = this.#settings;
    const acts = [
      () => payByForce(trx, settings, { ...about, reference: "till 7", note: null }),
      () => extendHold(trx, settings, { ...about, minutes: 10 }),
      () => releaseHold(trx, settings, about),
    ];
    const act = this.#random.shuffled(acts)[0] as (typeof acts)[number];
    const done = await act().catch((error: unknown) => {
      if (error instanceof Refused) return { moved: [] };
      throw error;
    });
    this.#count(done.moved);
  }

  async #receive(trx: Trx): Promise<void> {
    const movement = { kind: "receive" as const, quantity: 1, reason: "found", actor: "test" };
    await moveStock(
      trx,
      this.#some(this.#place.skus).map((sku) => ({ sku, ...movement })),
    );
  }

  async #storeEvents(trx: Trx): Promise<void> {
    const { installation } = this.#place;
    const arrivals = this.#paymentIds().map((id) => ({
      source: "webhook" as const,
      event: {
        ...{ id: `evt_${id}`, type: "payment_intent.succeeded", topic: "intent" as const },
        ...{ intentId: `pi_${id}` },
        ...{ paymentId: id, installation, createdAt: new Date(), body: Buffer.from("{}") },
      },
    }));
    await storeEvents(trx, this.#settings, arrivals);
  }
}
