import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Settings } from "../../src/config.ts";
import { nowAsText } from "../../src/db/clock.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { inTransaction, type Trx } from "../../src/db/transaction.ts";
import { readInstallation } from "../../src/orders/installation/installation.ts";
import { applyIntents } from "../../src/orders/paying/apply-intent.ts";
import type { Ownership } from "../../src/orders/paying/judge-intent.ts";
import type { OrderRequest } from "../../src/orders/place-order.ts";
import type { Intent } from "../../src/payments/intent.ts";
import { plainIntent } from "./plain-intent.ts";
import { quiet, testSettings } from "./settings.ts";
import { openShop, requestOf, reserved, stockProduct, type TestShop } from "./shop.ts";

/** An order, and the one product that it is for. */
export type Placed = { orderId: string; sku: string };
export type Paying = Placed & { paymentId: string; intent: Intent };

/** What Stripe says of an intent that was paid in full. */
export const captured = { status: "captured", capturedMinor: 1_000 } as const;

export type PayingShop = Awaited<ReturnType<typeof openPayingShop>>;

/** A shop whose orders are paid by hand: what Stripe says is put in, what follows is read. */
export async function openPayingShop(databaseUrl: string) {
  const settings: Settings = testSettings(databaseUrl);
  // A crowd on a busy machine waits for its connection: it is no outage.
  const db: Db = connect(settings, quiet, { connectSeconds: 15 });
  const shop: TestShop = await openShop(db);
  const ours: Ownership = { installation: await readInstallation(db), livemode: false };

  async function now(): Promise<string> {
    const { rows } = await sql<{ at: string }>`SELECT ${nowAsText} AS at`.execute(db);
    return rows[0]?.at ?? "";
  }

  async function apply(paying: Paying, seen: Partial<Intent>, at?: string) {
    const observedAt = at ?? (await now());
    return await inTransaction(db, (trx) => applyWithin(trx, paying, seen, observedAt));
  }

  async function applyWithin(
    trx: Trx,
    { paymentId, intent }: Paying,
    seen: Partial<Intent>,
    observedAt: string,
  ) {
    const observation = { paymentId, intent: { ...intent, ...seen }, observedAt };
    return await applyIntents(trx, settings, ours, [observation]);
  }

  /** What a process has read of several payments is applied in one transaction. */
  async function applyAll(...seen: readonly (readonly [Paying, Partial<Intent>])[]) {
    const observedAt = await now();
    const looks = seen.map(([{ paymentId, intent }, changes]) => ({
      ...{ paymentId, intent: { ...intent, ...changes }, observedAt },
    }));
    return await inTransaction(db, (trx) => applyIntents(trx, settings, ours, looks));
  }

  /** An order that awaits payment, and the intent that Stripe would have made for it. */
  async function awaiting(more: Partial<OrderRequest> = {}): Promise<Paying> {
    const sku = `sku-${randomUUID().slice(0, 8)}`;
    await stockProduct(db, sku, 3, 500);
    const request = requestOf(shop, [{ sku, quantity: 2 }], more);
    const [orderId = ""] = await reserved(db, settings, request);
    const { id: paymentId } = await db
      .selectFrom("payments")
      .select("id")
      .where("order_id", "=", orderId)
      .executeTakeFirstOrThrow();
    return { orderId, paymentId, sku, intent: intentOf(orderId, paymentId, ours) };
  }

  return {
    db,
    settings,
    shop,
    now,
    apply,
    applyWithin,
    applyAll,
    awaiting,
    /** The same with the secret handed out: somebody may pay at any moment. */
    async payable(more: Partial<OrderRequest> = {}): Promise<Paying> {
      const paying = await awaiting(more);
      await apply(paying, {});
      return paying;
    },
    ...readers(db),
  };
}

function intentOf(orderId: string, paymentId: string, ours: Ownership): Intent {
  return {
    id: `pi_${randomUUID().slice(0, 8)}`,
    status: "needs_payment",
    amountMinor: 1_000,
    currency: "gbp",
    capturedMinor: 0,
    livemode: false,
    clientSecret: "pi_secret",
    orderId,
    paymentId,
    installation: ours.installation,
    ...plainIntent(),
  };
}

function readers(db: Db) {
  return {
    orderOf: ({ orderId }: Placed) =>
      db.selectFrom("orders").selectAll().where("id", "=", orderId).executeTakeFirstOrThrow(),
    paymentOf: ({ paymentId }: Paying) =>
      db.selectFrom("payments").selectAll().where("id", "=", paymentId).executeTakeFirstOrThrow(),
    historyOf: ({ orderId }: Placed) =>
      db
        .selectFrom("order_events")
        .select(["event", "detail"])
        .where("order_id", "=", orderId)
        .orderBy("seq")
        .execute(),
    async messagesOf({ orderId }: Placed): Promise<string[]> {
      const rows = await db
        .selectFrom("notifications")
        .select(["template", "channel"])
        .where("order_id", "=", orderId)
        .orderBy("channel")
        .execute();
      return rows.map(({ template, channel }) => `${template}/${channel}`);
    },
  };
}
