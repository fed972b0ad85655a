import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { inTransaction } from "../../db/transaction.ts";
import type { Intent } from "../../payments/intent.ts";
import { book } from "../../payments/ledger.ts";
import type { SeenRefund } from "../../payments/refund.ts";
import type { BooksMeans } from "./comparing.ts";
import type { Settled } from "./settle-difference.ts";

/**
 * Money for an order that we don't know: it goes back in full, and the ledger tells of both. It is
 * settled once the money has arrived: no row of ours waits for it, so that the break has to.
 */
export async function giveBack(means: BooksMeans, intent: Intent, round: number): Promise<Settled> {
  const { db, gateway, log } = means;
  const left = intent.capturedMinor - intent.refundedMinor;
  // One that the bank returned is not tried again: somebody may be repaying it by hand.
  const hasFailed = (await gateway.refundsOf(intent.id)).some(({ status }) => status === "failed");
  if (left > 0 && !hasFailed) await refundOrphan(means, intent, left, round);
  // A repeated answer is as old as its first sending: what stands there now decides.
  const refunds = await gateway.refundsOf(intent.id);
  await takeBack(db, refunds);
  const settled = settledBy(intent, refunds);
  if (settled.outcome === null) return settled;
  await bookBoth(db, intent, refunds);
  log.warn("orphan_refunded", { intentId: intent.id });
  return settled;
}

/** Whether all of an intent's money has gone back, and what is to be waited for. */
export function settledBy(
  { capturedMinor }: Pick<Intent, "capturedMinor">,
  refunds: readonly SeenRefund[],
): Settled {
  const sumOf = (...statuses: SeenRefund["status"][]) =>
    refunds
      .filter(({ status }) => statuses.includes(status))
      .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  if (sumOf("succeeded") >= capturedMinor) return { outcome: "refunded" };
  const isUnderWay = sumOf("succeeded", "pending") >= capturedMinor;
  const failed = "A refund of it failed: a person must look.";
  return { outcome: null, reason: isUnderWay ? "Its refund is on its way." : failed };
}

async function bookBoth(db: Db, intent: Intent, refunds: readonly SeenRefund[]): Promise<void> {
  const { currency, capturedMinor: amountMinor } = intent;
  const nobody = { currency, orderId: null, paymentId: null };
  const came = { movement: `capture:${intent.id}`, from: "sales", to: "stripe" } as const;
  const went = { from: "stripe", to: "sales" } as const;
  const arrived = refunds.filter(({ status }) => status === "succeeded");
  await inTransaction(db, (trx) =>
    book(trx, [
      { ...came, ...nobody, amountMinor },
      ...arrived.map(({ id, amountMinor }) => {
        return { movement: `refund:${id}`, ...went, ...nobody, amountMinor };
      }),
    ]),
  );
}

/** A bank returned what had arrived: it is with us again, and the ledger says so. */
async function takeBack(db: Db, refunds: readonly SeenRefund[]): Promise<void> {
  const failed = refunds.filter(({ status }) => status === "failed");
  const { rows } = await sql<{ movement: string }>`
    SELECT movement FROM ledger_entries WHERE account = 'stripe' AND payment_id IS NULL
      AND movement = ANY(${failed.map(({ id }) => `refund:${id}`)}::text[])`.execute(db);
  const booked = new Set(rows.map(({ movement }) => movement));
  const back = failed.filter(({ id }) => booked.has(`refund:${id}`));
  if (back.length === 0) return;
  const nobody = { orderId: null, paymentId: null };
  await inTransaction(db, (trx) =>
    book(
      trx,
      back.map(({ id, amountMinor, currency }) => {
        const movement = { movement: `refund_failed:${id}`, amountMinor, currency };
        return { ...movement, ...nobody, from: "sales", to: "stripe" };
      }),
    ),
  );
}

/**
 * The key is named for the intent: however often it is asked for, it is one refund. After a
 * recorded failure it is another key, because Stripe repeats a failure; what was left to give back
 * was read before, and Stripe gives back no more than that.
 */
async function refundOrphan(
  { gateway, ownership }: BooksMeans,
  { id: intentId }: Intent,
  amountMinor: number,
  round: number,
): Promise<void> {
  const { installation } = ownership;
  const nobody = { refundId: null, orderId: null, reason: "order_unknown" };
  const key = `aurora-orphan-${intentId}${round === 0 ? "" : `-${round}`}`;
  await gateway.createRefund({ key, intentId, amountMinor, installation, ...nobody });
}
