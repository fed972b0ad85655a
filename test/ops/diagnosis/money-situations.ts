import { sql } from "kysely";
import { inTransaction } from "../../../src/db/transaction.ts";
import type { DiagnosisCode } from "../../../src/ops/diagnosis/codes.ts";
import { closeOrders } from "../../../src/orders/close-orders.ts";
import { storeEvents } from "../../../src/payments/inbox.ts";
import { lookAtDisputes, seenDispute } from "../../support/money-back.ts";
import { captured, type Paying } from "../../support/paying.ts";
import type { Stage } from "./stage.ts";

/** Brings a situation about and answers the order's id; `code` is what is the matter then. */
export type Situation = { code: DiagnosisCode; play: (stage: Stage) => Promise<string> };

/** The hold's time is over, and Stripe confirms that nobody paid. */
async function expire({ db, settings, till }: Stage, paying: Paying): Promise<void> {
  await sql`UPDATE orders SET expires_at = now() WHERE id = ${paying.orderId}`.execute(db);
  await inTransaction(db, (trx) => closeOrders(trx, settings, [paying.orderId]));
  await till.apply(paying, { status: "cancelled" });
}

async function storeConfirmation({ db, settings, till }: Stage, paying: Paying): Promise<string> {
  const id = `evt_${paying.orderId}`;
  const { rows } = await sql<{ id: string }>`SELECT id FROM installation`.execute(db);
  const event = {
    ...{ id, type: "payment_intent.succeeded", topic: "intent" as const },
    ...{ intentId: paying.intent.id, paymentId: paying.paymentId },
    ...{ installation: rows[0]?.id ?? "", createdAt: new Date(), body: Buffer.from("{}") },
  };
  await storeEvents(till.db, settings, [{ event, source: "webhook" }]);
  return id;
}

/** What goes wrong with money that comes. */
export const moneySituations: Record<string, Situation> = {
  "paid-and-no-webhook": {
    code: "paid_webhook_missing",
    async play(stage) {
      const paying = await stage.atStripe();
      await paying.pay();
      return paying.orderId;
    },
  },
  "paid-and-webhook-failed": {
    code: "paid_webhook_failed",
    async play(stage) {
      const paying = await stage.atStripe();
      await paying.pay();
      const eventId = await storeConfirmation(stage, paying);
      await stage.fail("apply_event", eventId, "23514: a CHECK refused it");
      return paying.orderId;
    },
  },
  "paid-another-amount": {
    code: "amount_mismatch",
    async play({ till }) {
      const paying = await till.payable();
      await till.apply(paying, { status: "captured", capturedMinor: 900 });
      return paying.orderId;
    },
  },
  "paid-twice": {
    code: "two_payments",
    async play({ till, db }) {
      const first = await till.payable();
      await till.apply(first, { status: "cancelled" });
      const { id: paymentId } = await db
        .selectFrom("payments")
        .select("id")
        .where("order_id", "=", first.orderId)
        .where("status", "=", "created")
        .executeTakeFirstOrThrow();
      const intent = { ...first.intent, id: `${first.intent.id}_2`, paymentId };
      await till.apply({ ...first, paymentId, intent }, {});
      await till.apply({ ...first, paymentId, intent }, captured);
      await till.apply(first, captured);
      return first.orderId;
    },
  },
  "another-installations-payment": {
    code: "foreign_payment",
    async play({ till }) {
      const paying = await till.payable();
      await till.apply(paying, {
        ...captured,
        installation: "00000000-0000-4000-8000-000000000000",
      });
      return paying.orderId;
    },
  },
  "given-back-at-stripe": {
    code: "refunded_at_stripe",
    async play({ till }) {
      const paying = await till.payable();
      await till.apply(paying, { ...captured, refundedMinor: 1_000 });
      return paying.orderId;
    },
  },
  "stripe-has-no-such-payment": {
    code: "payment_missing_at_stripe",
    async play(stage) {
      const paying = await stage.atStripe();
      const { paymentId } = paying;
      await sql`UPDATE payments SET intent_id = 'pi_of_nobody'
        WHERE id = ${paymentId}`.execute(stage.db);
      return paying.orderId;
    },
  },
  "sold-out-while-paying": {
    code: "sold_out_while_paying",
    async play(stage) {
      const paying = await stage.scarce();
      await expire(stage, paying);
      await paying.buyTheRest();
      await stage.till.apply(paying, captured);
      return paying.orderId;
    },
  },
  "paid-a-day-late": {
    code: "late_money",
    async play(stage) {
      const paying = await stage.till.payable();
      await expire(stage, paying);
      await sql`UPDATE orders SET placed_at = now() - interval '25 hours'
        WHERE id = ${paying.orderId}`.execute(stage.db);
      await stage.till.apply(paying, captured);
      return paying.orderId;
    },
  },
  "refund-asked-for": {
    code: "refund_under_way",
    async play(stage) {
      const paying = await stage.sold();
      await stage.refund(paying, 400);
      return paying.orderId;
    },
  },
  "refund-without-balance": {
    code: "refund_stuck",
    async play(stage) {
      const paying = await stage.sold();
      const refundId = await stage.refund(paying, 400);
      const reason = "stripe_balance_insufficient: Stripe: The balance is too low.";
      await stage.fail("start_refund", refundId, reason);
      return paying.orderId;
    },
  },
  "refund-failed": {
    code: "refund_failed",
    async play(stage) {
      const paying = await stage.sold();
      const refundId = await stage.refund(paying, 400);
      const about = { id: `re_${refundId}`, refundId, amountMinor: 400 };
      await stage.lookAtRefund(paying, { ...about, status: "pending" });
      await stage.lookAtRefund(paying, {
        ...about,
        status: "failed",
        failure: "lost_or_stolen_card",
      });
      await stage.sendEverything(paying);
      return paying.orderId;
    },
  },
  "bank-disputes": {
    code: "dispute_open",
    async play(stage) {
      const paying = await stage.sold();
      await lookAtDisputes(stage.db, stage.lookOf(paying), seenDispute({}));
      await stage.sendEverything(paying);
      return paying.orderId;
    },
  },
  "dispute-lost": {
    code: "dispute_closed",
    async play(stage) {
      const paying = await stage.sold();
      const dispute = seenDispute({});
      await lookAtDisputes(stage.db, stage.lookOf(paying), dispute);
      const lost = { ...dispute, status: "lost" as const };
      await lookAtDisputes(stage.db, stage.lookOf(paying), lost);
      await stage.sendEverything(paying);
      return paying.orderId;
    },
  },
  "not-paid-in-time": {
    code: "expired",
    async play(stage) {
      const paying = await stage.till.payable();
      await expire(stage, paying);
      await stage.sendEverything(paying);
      return paying.orderId;
    },
  },
};
