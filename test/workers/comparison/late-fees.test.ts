import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { applyIntents } from "../../../src/orders/paying/apply-intent.ts";
import { lockForPayments } from "../../../src/orders/paying/payment-rows.ts";
import { somebodyWaits } from "../../orders/operators/collide.ts";
import { momentIn } from "../../support/money-back.ts";
import { waitFor } from "../../support/wait-for.ts";
import { useQueues } from "../queue-desk.ts";
import { atOnce, comparingMeans } from "./comparing.ts";

const desk = useQueues(atOnce);

/** A payment that was captured and compared before Stripe knew its fee, which it knows now. */
async function paidBeforeItsFee(sku: string) {
  const shop = await comparingMeans(desk);
  const { paying, intent } = await shop.payable(sku);
  await shop.standIns.tell("/stripe/fees", { later: true });
  await shop.pay(intent);
  await shop.compare();
  const { latest_charge: charge } = await shop.standIns.stripe.paymentIntents.retrieve(intent.id);
  await shop.standIns.tell(`/stripe/charges/${charge}/settle_fee`);
  return { shop, intent, paymentId: paying.paymentId };
}

async function feesOf(paymentId: string): Promise<number[]> {
  const { rows } = await sql<{ amount: number }>`
    SELECT amount_minor AS amount FROM ledger_entries
    WHERE movement = ${`fee:${paymentId}`} AND account = 'fees'`.execute(desk.db);
  return rows.map(({ amount }) => amount);
}

describe("a fee that came after the capture", () => {
  test("is booked by the comparison, once", async () => {
    const { shop, paymentId } = await paidBeforeItsFee("fee");
    expect(await shop.compare()).toMatchObject({ fees: 1, breaks: 0 });
    const [fee = 0] = await feesOf(paymentId);
    expect(fee).toBeGreaterThan(0);
    expect(await shop.compare()).toMatchObject({ fees: 0 });
  });

  test("is booked once, though a sync of its payment books it at the same time", async () => {
    const { shop, intent, paymentId } = await paidBeforeItsFee("fee-twice");
    const seen = await shop.gateway.readIntent(intent.id);
    const observation = { paymentId, intent: seen, observedAt: await momentIn(desk.db) };
    let comparing: Promise<unknown> = Promise.resolve();
    await inTransaction(desk.db, async (trx) => {
      await lockForPayments(trx, [paymentId]);
      comparing = shop.compare();
      // Without the locks it would book at once, and the sync would meet its twin.
      await waitFor("the comparison to wait for the sync", () => somebodyWaits(desk.db));
      await applyIntents(trx, desk.settings, shop.ownership, [observation]);
    });
    expect(await comparing).toMatchObject({ breaks: 0 });
    expect(await feesOf(paymentId)).toEqual([seen.fee?.amountMinor]);
  });
});
