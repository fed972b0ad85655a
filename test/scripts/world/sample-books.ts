import type { AcceptedMail, LedgerLine } from "../../../scripts/world/stand-in-books.ts";
import type { Db } from "../../../src/db/connect.ts";
import { readInstallation } from "../../../src/orders/installation/installation.ts";

/** What the stand-ins' books would hold, had they lived through all that our tables tell. */

export async function sampleIntents(db: Db): Promise<LedgerLine[]> {
  const installation = await readInstallation(db);
  const payments = await db.selectFrom("payments").selectAll().execute();
  const back = await readMoneyBack(db);
  return payments.map(({ id, intent_id, order_id, status, captured_minor }) => ({
    id: intent_id ?? "",
    orderId: order_id,
    installation,
    status: status === "captured" ? "succeeded" : "canceled",
    capturedMinor: captured_minor,
    chargesSucceeded: status === "captured" ? 1 : 0,
    ...back(id),
  }));
}

export async function sampleMails(db: Db): Promise<AcceptedMail[]> {
  const messages = await db
    .selectFrom("notifications")
    .selectAll()
    .where("channel", "=", "email")
    .execute();
  return messages.map(({ id, order_id }) => ({
    id: `mail of ${id}`,
    orderId: order_id,
    notificationId: id,
  }));
}

/** What went back of each payment; a dispute costs a fee. */
async function readMoneyBack(db: Db) {
  const refunds = await db.selectFrom("refunds").selectAll().execute();
  const disputes = await db.selectFrom("disputes").selectAll().execute();
  return (paymentId: string) => {
    // Stripe has not heard yet of those without an id there.
    const own = refunds.filter((row) => row.payment_id === paymentId && row.stripe_id !== null);
    const sent = own.filter(({ status }) => status !== "failed");
    const taken = disputes.filter(({ payment_id }) => payment_id === paymentId);
    return {
      refundedMinor: sent.reduce((sum, { amount_minor }) => sum + amount_minor, 0),
      refunds: own.map(({ stripe_id, amount_minor, status }) => ({
        id: stripe_id ?? "",
        amount: amount_minor,
        status,
      })),
      disputedMinor: taken.reduce((sum, { amount_minor }) => sum + amount_minor, 0),
      disputes: taken.map(({ id, amount_minor }) => ({
        id,
        amount: amount_minor,
        status: "needs_response",
      })),
      feesMinor: taken.length * 1_500,
    };
  };
}
