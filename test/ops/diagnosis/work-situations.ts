import { inTransaction } from "../../../src/db/transaction.ts";
import { flag } from "../../../src/orders/attention.ts";
import { stopWrites } from "../../../src/orders/installation/installation.ts";
import { failStarts } from "../../../src/orders/paying/start-payments.ts";
import { recordBreak } from "../../../src/payments/breaks.ts";
import { reserving } from "../../workers/paying.ts";
import type { Situation } from "./money-situations.ts";

const decline = { chargeId: "ch_1", code: "card_declined", declineCode: "insufficient_funds" };

/** What an order waits for, and what fails besides its money. */
export const workSituations: Record<string, Situation> = {
  "stock-not-reserved": {
    code: "stock_not_reserved",
    play: ({ desk }) => reserving(desk, `reserving-${crypto.randomUUID().slice(0, 8)}`),
  },
  "out-of-stock": { code: "out_of_stock", play: (stage) => stage.refused() },
  "payment-not-started": {
    code: "payment_not_started",
    play: async ({ till }) => (await till.awaiting()).orderId,
  },
  "payment-refused": {
    code: "payment_refused",
    async play({ till, db }) {
      const { orderId, paymentId } = await till.awaiting();
      const reason = "Stripe: Amount must be at least 30p.";
      await inTransaction(db, (trx) => failStarts(trx, [{ paymentId, reason }]));
      return orderId;
    },
  },
  "stripe-does-not-answer": {
    code: "stripe_unreachable",
    async play(stage) {
      const { orderId, paymentId } = await stage.till.awaiting();
      const reason = "stripe_unreachable: Stripe: connect ECONNREFUSED";
      await stage.fail("start_payment", paymentId, reason);
      return orderId;
    },
  },
  "a-job-keeps-failing": {
    code: "job_failed",
    async play(stage) {
      const { orderId, paymentId } = await stage.till.payable();
      await stage.fail("sync_payment", paymentId, "TypeError: x is not a function", 5);
      return orderId;
    },
  },
  "waiting-for-the-customer": {
    code: "waiting_for_customer",
    play: async (stage) => (await stage.atStripe()).orderId,
  },
  "three-d-secure": {
    code: "authentication_open",
    async play({ till }) {
      const paying = await till.payable();
      await till.apply(paying, { status: "needs_action" });
      return paying.orderId;
    },
  },
  declined: {
    code: "declined",
    async play({ till }) {
      const paying = await till.payable();
      await till.apply(paying, { declines: [decline] });
      return paying.orderId;
    },
  },
  "bank-debit": {
    code: "payment_processing",
    async play({ till }) {
      const paying = await till.payable();
      await till.apply(paying, { status: "processing", method: "bacs_debit" });
      return paying.orderId;
    },
  },
  "cancelled-while-payable": {
    code: "closing_under_way",
    async play(stage) {
      const paying = await stage.till.payable();
      await stage.cancel(paying);
      return paying.orderId;
    },
  },
  cancelled: {
    code: "cancelled",
    async play(stage) {
      const paying = await stage.till.payable();
      await stage.cancel(paying);
      await stage.till.apply(paying, { status: "cancelled" });
      await stage.sendEverything(paying);
      return paying.orderId;
    },
  },
  "payment-cancelled-at-stripe": {
    code: "payment_cancelled_at_stripe",
    async play({ till, db }) {
      let paying = await till.payable();
      for (let attempt = 1; attempt <= 5; attempt++) {
        await till.apply(paying, { status: "cancelled" });
        const { id: paymentId } = await db
          .selectFrom("payments")
          .select("id")
          .where("order_id", "=", paying.orderId)
          .orderBy("attempt", "desc")
          .executeTakeFirstOrThrow();
        const intent = { ...paying.intent, id: `${paying.intent.id}_${attempt}`, paymentId };
        paying = { ...paying, paymentId, intent };
        if (attempt < 5) await till.apply(paying, {});
      }
      return paying.orderId;
    },
  },
  "mail-failed": {
    code: "mail_failed",
    async play(stage) {
      const paying = await stage.sold();
      const reason = "SendGrid: The to array is required.";
      await stage.send(paying, { status: "failed", reason }, "email");
      await stage.sendEverything(paying);
      return paying.orderId;
    },
  },
  "sms-failed": {
    code: "sms_failed",
    async play(stage) {
      const paying = await stage.sold();
      const reason = "Twilio: The number is not a valid phone number.";
      await stage.send(paying, { status: "failed", reason }, "sms");
      await stage.sendEverything(paying);
      return paying.orderId;
    },
  },
  "mail-came-back": {
    code: "message_undelivered",
    async play(stage) {
      const paying = await stage.sold();
      await stage.sendEverything(paying);
      await stage.supplierTells(paying, "sms", "undelivered", "Twilio's error 30005");
      await stage.supplierTells(paying, "email", "bounced", "550 5.1.1 No such mailbox here.");
      return paying.orderId;
    },
  },
  "only-the-message-is-late": {
    code: "message_late",
    async play(stage) {
      const paying = await stage.sold();
      const reason = "SendGrid answered 503.";
      await stage.send(paying, { status: "pending", reason, afterSeconds: 0 }, "email");
      return paying.orderId;
    },
  },
  "books-differ": {
    code: "books_differ",
    async play(stage) {
      const paying = await stage.sold();
      const { orderId, paymentId, intent } = paying;
      const rest = { ours: null, theirs: null, outcome: null, reason: "Stripe was busy." };
      const found = { objectId: intent.id, fault: "differs" as const, orderId, paymentId, ...rest };
      await recordBreak(stage.db, stage.settings, found);
      await stage.sendEverything(paying);
      return orderId;
    },
  },
  "flagged-otherwise": {
    code: "attention_other",
    async play(stage) {
      const paying = await stage.sold();
      const flags = [{ orderId: paying.orderId, code: "customer_called" }];
      await inTransaction(stage.db, (trx) => flag(trx, flags, "test"));
      await stage.sendEverything(paying);
      return paying.orderId;
    },
  },
  paid: {
    code: "nothing_wrong",
    async play(stage) {
      const paying = await stage.sold();
      await stage.sendEverything(paying);
      return paying.orderId;
    },
  },
  /** The last one: it stops all writes of this database. */
  "writes-stopped": {
    code: "writes_stopped",
    async play({ till, db }) {
      const { orderId } = await till.awaiting();
      await stopWrites(db, "The database is another one.");
      return orderId;
    },
  },
};
