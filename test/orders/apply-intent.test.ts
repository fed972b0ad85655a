import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Settings } from "../../src/config.ts";
import { nowAsText } from "../../src/db/clock.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { applyIntents, type Ownership } from "../../src/orders/apply-intent.ts";
import { cancelOrders } from "../../src/orders/cancel-order.ts";
import { closeOrders, expireHolds } from "../../src/orders/close-orders.ts";
import { readInstallation } from "../../src/orders/installation.ts";
import { claimStarts } from "../../src/orders/start-payments.ts";
import type { Intent } from "../../src/payments/intent.ts";
import { useDatabase } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { openShop, requestOf, reserved, stockOf, stockProduct, type TestShop } from "../support/shop.ts";

const database = useDatabase();
let db: Db;
let settings: Settings;
let shop: TestShop;
let ours: Ownership;

beforeAll(async () => {
  settings = testSettings(database.url);
  db = connect(settings, quiet);
  shop = await openShop(db);
  ours = { installation: await readInstallation(db), livemode: false };
});
afterAll(() => db.destroy());

type Paying = { orderId: string; paymentId: string; sku: string; intent: Intent };

/** An order that awaits payment, and the intent that Stripe would have made for it. */
async function awaiting(): Promise<Paying> {
  const sku = `sku-${randomUUID().slice(0, 8)}`;
  await stockProduct(db, sku, 3, 500);
  const [orderId = ""] = await reserved(db, settings, requestOf(shop, [{ sku, quantity: 2 }]));
  const { id: paymentId } = await db
    .selectFrom("payments")
    .select("id")
    .where("order_id", "=", orderId)
    .executeTakeFirstOrThrow();
  const intent: Intent = {
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
    decline: null,
  };
  return { orderId, paymentId, sku, intent };
}

/** The same with the secret handed out: somebody may pay at any moment. */
async function payable(): Promise<Paying> {
  const paying = await awaiting();
  await apply(paying, {});
  return paying;
}

async function now(): Promise<string> {
  const { rows } = await sql<{ at: string }>`SELECT ${nowAsText} AS at`.execute(db);
  return rows[0]?.at ?? "";
}

async function apply({ paymentId, intent }: Paying, seen: Partial<Intent>, at?: string) {
  const observation = { paymentId, intent: { ...intent, ...seen }, observedAt: at ?? (await now()) };
  return await inTransaction(db, (trx) => applyIntents(trx, settings, ours, [observation]));
}

const captured = { status: "captured", capturedMinor: 1_000 } as const;

async function orderOf({ orderId }: Paying) {
  return await db
    .selectFrom("orders")
    .selectAll()
    .where("id", "=", orderId)
    .executeTakeFirstOrThrow();
}

async function paymentOf({ paymentId }: Paying) {
  return await db
    .selectFrom("payments")
    .selectAll()
    .where("id", "=", paymentId)
    .executeTakeFirstOrThrow();
}

async function historyOf({ orderId }: Paying): Promise<string[]> {
  const rows = await db
    .selectFrom("order_events")
    .select("event")
    .where("order_id", "=", orderId)
    .orderBy("seq")
    .execute();
  return rows.map(({ event }) => event);
}

async function messagesOf({ orderId }: Paying): Promise<string[]> {
  const rows = await db
    .selectFrom("notifications")
    .select(["template", "channel"])
    .where("order_id", "=", orderId)
    .orderBy("channel")
    .execute();
  return rows.map(({ template, channel }) => `${template}/${channel}`);
}

describe("the door for what Stripe says", () => {
  test("stores the secret only while the order can be paid", async () => {
    const paying = await payable();
    expect(await paymentOf(paying)).toMatchObject({ status: "pending", client_secret: "pi_secret" });
    await apply(paying, captured);
    expect(await paymentOf(paying)).toMatchObject({ status: "captured", client_secret: null });
  });

  test("makes a captured order paid once, however often it hears of it", async () => {
    const paying = await payable();
    for (let times = 0; times < 3; times++) await apply(paying, captured);
    expect((await orderOf(paying)).status).toBe("paid");
    expect((await historyOf(paying)).filter((event) => event === "payment_captured")).toHaveLength(1);
    expect(await messagesOf(paying)).toEqual(["order_paid/email", "order_paid/sms"]);
    expect(await stockOf(db, paying.sku)).toEqual({ on_hand: 3, reserved: 2 });
  });

  test("accepts money before our own record of the intent", async () => {
    const paying = await awaiting();
    await apply(paying, captured);
    expect((await orderOf(paying)).status).toBe("paid");
    await apply(paying, {});
    expect((await paymentOf(paying)).status).toBe("captured");
  });

  test.each([
    ["another amount", { ...captured, capturedMinor: 999 }, "amount_mismatch"],
    ["another currency", { ...captured, currency: "eur" }, "amount_mismatch"],
    ["another installation", { ...captured, installation: randomUUID() }, "foreign_intent"],
    ["live money in test mode", { ...captured, livemode: true }, "foreign_intent"],
    ["another order's stamp", { ...captured, orderId: randomUUID() }, "foreign_intent"],
    ["a second intent", { ...captured, id: "pi_other" }, "second_intent"],
  ])("never pays an order with %s", async (_what, seen, code) => {
    const paying = await payable();
    await apply(paying, seen);
    expect(await orderOf(paying)).toMatchObject({ status: "awaiting_payment", attention: code });
  });

  test("books a decline once, tells the customer, and leaves the order payable", async () => {
    const paying = await payable();
    const decline = { chargeId: "ch_1", code: "card_declined", declineCode: "insufficient_funds" };
    await apply(paying, { decline });
    await apply(paying, { decline });
    expect((await historyOf(paying)).filter((event) => event === "payment_declined")).toHaveLength(1);
    expect(await messagesOf(paying)).toEqual(["payment_problem/email"]);
    await apply(paying, captured);
    expect((await orderOf(paying)).status).toBe("paid");
  });

  test("sends at most three mails about declines", async () => {
    const paying = await payable();
    for (const nr of [1, 2, 3, 4, 5]) {
      const chargeId = `ch_${paying.paymentId}_${nr}`;
      await apply(paying, { decline: { chargeId, code: "card_declined", declineCode: null } });
    }
    expect(await messagesOf(paying)).toHaveLength(3);
  });

  test("lets the later look win among live states, and money whenever it was seen", async () => {
    const paying = await payable();
    const early = await now();
    await apply(paying, { status: "needs_action" });
    await apply(paying, { status: "processing" }, early);
    expect((await paymentOf(paying)).status).toBe("action_required");
    await apply(paying, captured, early);
    expect((await orderOf(paying)).status).toBe("paid");
  });
});

describe("closing an order", () => {
  async function pass({ orderId }: Paying): Promise<void> {
    await sql`UPDATE orders SET expires_at = now() - interval '1 second' WHERE id = ${orderId}`.execute(
      db,
    );
  }

  test("releases the stock only after Stripe has cancelled", async () => {
    const paying = await payable();
    await pass(paying);
    await inTransaction(db, (trx) => expireHolds(trx, settings));
    expect(await orderOf(paying)).toMatchObject({ status: "awaiting_payment", closing: "expired" });
    expect((await stockOf(db, paying.sku)).reserved).toBe(2);

    await apply(paying, { status: "cancelled" });
    expect(await orderOf(paying)).toMatchObject({ status: "expired", closing: null, due_at: null });
    expect((await stockOf(db, paying.sku)).reserved).toBe(0);
    expect(await messagesOf(paying)).toEqual(["order_expired/email"]);
  });

  test("lets money win that came before Stripe could cancel", async () => {
    const paying = await payable();
    await pass(paying);
    await inTransaction(db, (trx) => closeOrders(trx, settings, [paying.orderId]));
    await apply(paying, captured);
    expect(await orderOf(paying)).toMatchObject({ status: "paid", closing: null });
    expect((await stockOf(db, paying.sku)).reserved).toBe(2);
  });

  test("needs no word from Stripe where nobody ever got the secret", async () => {
    const paying = await awaiting();
    await pass(paying);
    const { closes } = await inTransaction(db, (trx) =>
      closeOrders(trx, settings, [paying.orderId]),
    );
    expect(closes).toEqual([null]);
    expect((await orderOf(paying)).status).toBe("expired");
    expect((await paymentOf(paying)).status).toBe("cancelled");
  });

  test("keeps a payment in sight that Stripe may have been asked for", async () => {
    const paying = await awaiting();
    await inTransaction(db, (trx) => claimStarts(trx, [paying.paymentId]));
    await pass(paying);
    await inTransaction(db, (trx) => closeOrders(trx, settings, [paying.orderId]));
    expect((await orderOf(paying)).status).toBe("expired");
    expect((await paymentOf(paying)).status).toBe("created");

    await apply(paying, {});
    expect(await paymentOf(paying)).toMatchObject({ status: "created", client_secret: null });
    const [next] = await inTransaction(db, (trx) => claimStarts(trx, [paying.paymentId]));
    expect(next).toMatchObject({ todo: "cancel", cancel: { intentId: paying.intent.id } });
    await apply(paying, { status: "cancelled" });
    expect((await paymentOf(paying)).status).toBe("cancelled");
  });

  test("does nothing to an order whose time has not come", async () => {
    const paying = await payable();
    const { closes } = await inTransaction(db, (trx) =>
      closeOrders(trx, settings, [paying.orderId]),
    );
    expect(closes).toEqual([null]);
    expect(await orderOf(paying)).toMatchObject({ status: "awaiting_payment", closing: null });
  });

  function cancel({ orderId }: Paying) {
    const request = {
      orderId,
      shopId: shop.id,
      idempotencyKey: randomUUID(),
      fingerprint: Buffer.from(orderId),
      actor: "customer",
    };
    return inTransaction(db, (trx) => cancelOrders(trx, settings, [request]));
  }

  test("cancels through Stripe what somebody may be paying, and says so", async () => {
    const paying = await payable();
    const { results, hints } = await cancel(paying);
    expect(results).toEqual([{ outcome: "closing", replayed: false }]);
    expect(hints.map(({ kind }) => kind)).toEqual(["close_order"]);
    await apply(paying, { status: "cancelled" });
    expect((await orderOf(paying)).status).toBe("cancelled");
    expect((await stockOf(db, paying.sku)).reserved).toBe(0);
  });

  test("says in the history that a cancellation came too late", async () => {
    const paying = await payable();
    await cancel(paying);
    await apply(paying, captured);
    expect((await orderOf(paying)).status).toBe("paid");
    const event = await db
      .selectFrom("order_events")
      .select("detail")
      .where("order_id", "=", paying.orderId)
      .where("event", "=", "payment_captured")
      .executeTakeFirstOrThrow();
    expect(event.detail).toEqual({ cancelledTooLate: true });
    const { results } = await cancel(paying);
    expect(results[0]).toMatchObject({ outcome: "refused", error: { code: "order_is_paid" } });
  });
});
