import { inTransaction } from "../../src/db/transaction.ts";
import { readInstallation } from "../../src/orders/installation/installation.ts";
import { applyIntents } from "../../src/orders/paying/apply-intent.ts";
import type { SeenDispute } from "../../src/payments/dispute.ts";
import type { Intent } from "../../src/payments/intent.ts";
import type { SeenRefund } from "../../src/payments/refund.ts";
import type { TestApi } from "./api.ts";
import { lookAtDisputes, lookAtRefunds, momentIn } from "./money-back.ts";
import { plainIntent } from "./plain-intent.ts";
import { placeOrder, reserve } from "./shop-floor.ts";

/** What the workers would learn of an order's money at Stripe, put in by hand. */

export type BoughtOrder = { id: string; orderToken: string; totalMinor: number };

/** An order that awaits its payment. */
export async function reservedOrder(api: TestApi, sku: string, quantity = 1): Promise<BoughtOrder> {
  const { body } = await placeOrder(api, sku, quantity);
  await reserve(api, body.id);
  return body;
}

export async function paidOrder(api: TestApi, sku: string, quantity = 1): Promise<BoughtOrder> {
  const order = await reservedOrder(api, sku, quantity);
  await seeIntent(api, order, {});
  await seeIntent(api, order, { status: "captured", capturedMinor: order.totalMinor });
  return order;
}

/** Stripe says something of an order's latest payment, or of another one. */
export async function seeIntent(
  api: TestApi,
  order: BoughtOrder,
  seen: Partial<Intent>,
  which?: string,
) {
  const { id: paymentId, intentId } = await paymentOf(api, order, which);
  const installation = await readInstallation(api.db);
  const intent: Intent = {
    id: intentId,
    status: "needs_payment",
    amountMinor: order.totalMinor,
    currency: "gbp",
    capturedMinor: 0,
    livemode: false,
    clientSecret: `${intentId}_secret_of_test`,
    orderId: order.id,
    paymentId,
    installation,
    ...plainIntent(),
    ...seen,
  };
  const observation = { paymentId, intent, observedAt: await momentIn(api.db) };
  const ours = { installation, livemode: false };
  await inTransaction(api.db, (trx) => applyIntents(trx, api.settings, ours, [observation]));
}

/** Stripe lists the refunds of an order's latest payment, or of another one. */
export async function seeRefunds(
  api: TestApi,
  order: BoughtOrder,
  refunds: readonly SeenRefund[],
  which?: string,
) {
  const { id: paymentId, intentId } = await paymentOf(api, order, which);
  await lookAtRefunds(api.db, api.settings, { paymentId, intentId }, ...refunds);
}

export async function seeDisputes(api: TestApi, order: BoughtOrder, ...disputes: SeenDispute[]) {
  const { id: paymentId, intentId } = await paymentOf(api, order);
  await lookAtDisputes(api.db, { paymentId, intentId }, ...disputes);
}

async function paymentOf({ db }: TestApi, { id: orderId }: BoughtOrder, which?: string) {
  const payments = db
    .selectFrom("payments")
    .select(["id", "intent_id"])
    .where("order_id", "=", orderId)
    .orderBy("attempt", "desc")
    .limit(1);
  const { id, intent_id } = await (which
    ? payments.where("id", "=", which)
    : payments
  ).executeTakeFirstOrThrow();
  return { id, intentId: intent_id ?? `pi_${id}` };
}
