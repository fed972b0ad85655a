import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { inTransaction } from "../../../src/db/transaction.ts";
import {
  claimMessages,
  type SendOutcome,
  saveOutcomes,
} from "../../../src/notifications/claim-messages.ts";
import { storeReports } from "../../../src/notifications/delivery-reports.ts";
import type { Channel, Delivery } from "../../../src/notifications/lifecycle.ts";
import { cancelOrders } from "../../../src/orders/cancel-order.ts";
import type { PaymentReads } from "../../../src/payments/gateway.ts";
import { recordFailure } from "../../../src/workers/record-failure.ts";
import {
  askForRefunds,
  lookAtRefunds,
  refundRequest,
  seenRefund,
} from "../../support/money-back.ts";
import { captured, openPayingShop, type Paying, type PayingShop } from "../../support/paying.ts";
import { requestOf, reserved, stockProduct } from "../../support/shop.ts";
import { intentFor, payingMeans } from "../../workers/paying.ts";
import type { QueueDesk } from "../../workers/queue-desk.ts";
import { deafListener } from "./deaf-listener.ts";

/** Where situations are played: a shop on a real PostgreSQL, and Stripe's stand-in. */
export type Stage = Awaited<ReturnType<typeof openStage>>;

export async function openStage(desk: QueueDesk) {
  const till = await openPayingShop(desk.settings.DATABASE_URL);
  const { db, settings } = till;
  return {
    ...{ desk, till, db, settings },
    ...stripeDesk(desk, till),
    ...moneyDesk(till),
    ...mailDesk(till),
    ...shelf(till),
    ...deafListener(till),
    async fail(kind: string, id: string, reason: string, times = 1) {
      for (let count = 0; count < times; count++) {
        await recordFailure(db, settings, { kind, id }, reason);
      }
    },
  };
}

function stripeDesk(desk: QueueDesk, till: PayingShop) {
  let last: PaymentReads | undefined;
  return {
    /** Stripe as the last situation left it; undefined where it was not asked. */
    gateway(): PaymentReads | undefined {
      const current = last;
      last = undefined;
      return current;
    },
    /** An order that is payable at the stand-in; `pay` pays it there, and nobody tells us. */
    async atStripe(): Promise<Paying & { pay(): Promise<void> }> {
      const means = await payingMeans(desk);
      last = means.gateway;
      const paying = await till.awaiting();
      const intent = await intentFor(means, paying);
      await till.apply({ ...paying, intent }, {});
      const pay = async () => {
        await means.standIns.tell(`/stripe/intents/${intent.id}/pay`, { card: "pm_card_visa" });
      };
      return { ...paying, intent, pay };
    },
  };
}

function moneyDesk(till: PayingShop) {
  const { db, settings, shop } = till;
  const lookOf = ({ paymentId, intent }: Paying) => ({ paymentId, intentId: intent.id });
  return {
    lookOf,
    async sold(): Promise<Paying> {
      const paying = await till.payable();
      await till.apply(paying, captured);
      return paying;
    },
    async cancel({ orderId }: Paying) {
      const rest = { idempotencyKey: randomUUID(), fingerprint: Buffer.from("f"), refund: null };
      const request = { orderId, shopId: shop.id, actor: "customer", isGuest: true, ...rest };
      await inTransaction(db, (trx) => cancelOrders(trx, settings, [request]));
    },
    async refund({ orderId }: Paying, amountMinor: number): Promise<string> {
      const request = refundRequest({ orderId, shopId: shop.id }, { amountMinor });
      const { results } = await askForRefunds(db, settings, request);
      if (results[0]?.outcome !== "requested") throw new Error("The refund was refused.");
      return results[0].refundId;
    },
    async lookAtRefund(paying: Paying, seen: Parameters<typeof seenRefund>[0]) {
      await lookAtRefunds(db, settings, lookOf(paying), seenRefund(seen));
    },
  };
}

type Sent =
  | { status: "failed"; reason: string }
  | { status: "pending"; reason: string; afterSeconds: number };

function mailDesk({ db, settings }: PayingShop) {
  return {
    /** Takes the order's messages of a channel for sending, and books the same of each. */
    async send({ orderId }: Paying, outcome: Sent, channel: "email" | "sms") {
      const rows = await db
        .selectFrom("notifications")
        .select("id")
        .where("order_id", "=", orderId)
        .where("channel", "=", channel)
        .execute();
      const ids = rows.map(({ id }) => id);
      const claimed = await claimMessages(db, settings, ids);
      const outcomes = [...claimed.values()].map(
        ({ id, tries }): SendOutcome => ({ id, tries, ...outcome }),
      );
      await saveOutcomes(db, settings, outcomes);
    },
    /** What became of a message that had left. */
    async supplierTells({ orderId }: Paying, channel: Channel, delivery: Delivery, reason: string) {
      const { id: notificationId, provider_id: providerId } = await db
        .selectFrom("notifications")
        .select(["id", "provider_id"])
        .where("order_id", "=", orderId)
        .where("channel", "=", channel)
        .executeTakeFirstOrThrow();
      const report = { notificationId, providerId, delivery, reason, at: new Date() };
      await storeReports(db, [{ id: `test:${notificationId}`, ...report }]);
    },
    async sendEverything({ orderId }: Paying) {
      await sql`UPDATE notifications SET status = 'sent', sent_at = now(), due_at = NULL
        WHERE order_id = ${orderId} AND due_at IS NOT NULL`.execute(db);
    },
  };
}

function shelf(till: PayingShop) {
  const { db, settings, shop } = till;
  return {
    /** An order whose goods somebody else takes as soon as they are free. */
    async scarce(): Promise<Paying & { buyTheRest(): Promise<void> }> {
      const paying = await till.payable();
      const buyTheRest = async () => {
        await reserved(db, settings, requestOf(shop, [{ sku: paying.sku, quantity: 3 }]));
      };
      return { ...paying, buyTheRest };
    },
    async refused(): Promise<string> {
      const sku = `none-${randomUUID().slice(0, 8)}`;
      await stockProduct(db, sku, 1, 500);
      const [id = ""] = await reserved(db, settings, requestOf(shop, [{ sku, quantity: 2 }]));
      return id;
    },
  };
}
