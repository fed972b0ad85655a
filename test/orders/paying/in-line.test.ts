import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { closeOrders } from "../../../src/orders/close-orders.ts";
import { lookAtRefresh } from "../../../src/orders/paying/refresh-payment.ts";
import { storeEvents } from "../../../src/payments/inbox.ts";
import { recordFailure } from "../../../src/workers/record-failure.ts";
import { useDatabase } from "../../support/database.ts";
import { openPayingShop, type Paying, type PayingShop } from "../../support/paying.ts";

const database = useDatabase();
let desk: PayingShop;
beforeAll(async () => {
  desk = await openPayingShop(database.url);
});
afterAll(() => desk.db.destroy());

/** The payment's job was told to come back after five minutes. */
async function sendToTheLine({ paymentId }: Paying): Promise<void> {
  await sql`UPDATE payments SET last_error = 'More requests wait.', round = 0, sweeps = 0,
    due_at = now() + interval '5 minutes' WHERE id = ${paymentId}`.execute(desk.db);
}

/** Its hold had to be given up while Stripe could not be asked to cancel. */
async function giveUp({ orderId: id }: Paying): Promise<void> {
  await sql`UPDATE orders SET held_at = now() - interval '1 day',
    expires_at = now() - interval '1 second' WHERE id = ${id}`.execute(desk.db);
  const close = () => inTransaction(desk.db, (trx) => closeOrders(trx, desk.settings, [id]));
  await close();
  await recordFailure(desk.db, desk.settings, { kind: "close_order", id }, "Stripe is away");
  await close();
}

/** The customer paid, and Stripe tells; answers how many jobs are to look at once. */
async function hear({ paymentId, intent }: Paying): Promise<number> {
  const { id: intentId, installation } = intent;
  const event = {
    ...{ id: `evt_${intentId}`, type: "payment_intent.succeeded", topic: "intent" as const },
    ...{ intentId, paymentId, installation, createdAt: new Date(), body: Buffer.from("{}") },
  };
  return (await storeEvents(desk.db, desk.settings, [{ event, source: "webhook" }])).hints.length;
}

describe("what Stripe tells of a payment whose job stands in line", () => {
  test("waits for that look, while the order is open", async () => {
    const paying = await desk.payable();
    await sendToTheLine(paying);
    expect(await hear(paying)).toBe(0);
    expect(await lookAtRefresh(desk.db, paying.orderId)).toMatchObject({ state: "later" });
  });

  test("is looked at at once, when it is a cancel that waits: it may be late money", async () => {
    const paying = await desk.payable();
    await giveUp(paying);
    expect((await desk.orderOf(paying)).status).toBe("expired");
    await sendToTheLine(paying);
    expect(await lookAtRefresh(desk.db, paying.orderId)).toMatchObject({ state: "rested" });
    expect(await hear(paying)).toBe(1);
  });
});
