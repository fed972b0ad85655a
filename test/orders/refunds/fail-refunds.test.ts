import { sql } from "kysely";
import { expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { closeOrders } from "../../../src/orders/close-orders.ts";
import { failRefunds } from "../../../src/orders/refunds/fail-refunds.ts";
import { seenRefund } from "../../support/money-back.ts";
import { captured, type Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";

const desk = useRefundDesk();

/** Money that came too late for an order, and a refund of all of it on record. */
async function lateMoney(): Promise<Paying> {
  const paying = await desk.payable();
  await sql`UPDATE orders SET expires_at = now() - interval '1 second',
    placed_at = now() - interval '2 days' WHERE id = ${paying.orderId}`.execute(desk.db);
  await inTransaction(desk.db, (trx) => closeOrders(trx, desk.settings, [paying.orderId]));
  await desk.apply(paying, { status: "cancelled" });
  await desk.apply(paying, captured);
  return paying;
}

async function refuse(paying: Paying): Promise<void> {
  const [open] = (await desk.refundsOf(paying)).filter(({ status }) => status === "requested");
  const failure = { refundId: open?.id ?? "", reason: "Greater than what is left" };
  await inTransaction(desk.db, (trx) => failRefunds(trx, desk.settings, [failure]));
}

async function refunds(paying: Paying): Promise<[number, string][]> {
  const rows = await desk.refundsOf(paying);
  return rows.map(({ amount_minor, status }): [number, string] => [amount_minor, status]).sort();
}

test("the rest of late money is asked for again, when part went back by another hand", async () => {
  const paying = await lateMoney();
  await desk.look(paying, seenRefund({ amountMinor: 300 }));
  await refuse(paying);
  expect(await refunds(paying)).toEqual([
    [1_000, "failed"],
    [300, "succeeded"],
    [700, "requested"],
  ]);
  expect((await desk.orderOf(paying)).attention).toBeNull();
  const [left] = (await desk.refundsOf(paying)).filter(({ status }) => status === "requested");
  await desk.look(paying, seenRefund({ amountMinor: 700, refundId: left?.id ?? "" }));
});

test("the same again is not asked for twice: it calls for a person", async () => {
  const paying = await lateMoney();
  await refuse(paying);
  expect(await refunds(paying)).toEqual([[1_000, "failed"]]);
  expect((await desk.orderOf(paying)).attention).toBe("refund_failed");
});

test("nothing is to do where all of late money went back by another hand", async () => {
  const paying = await lateMoney();
  await desk.look(paying, seenRefund({ amountMinor: 1_000 }));
  await refuse(paying);
  expect(await refunds(paying)).toEqual([
    [1_000, "failed"],
    [1_000, "succeeded"],
  ]);
  expect((await desk.orderOf(paying)).attention).toBeNull();
});

test("a refund of the shop's that fails beside it calls for a person all the same", async () => {
  const paying = await lateMoney();
  await desk.look(paying, seenRefund({ amountMinor: 100 }));
  const [own] = (await desk.refundsOf(paying)).filter(({ status }) => status === "requested");
  await sql`UPDATE refunds SET amount_minor = 800 WHERE id = ${own?.id}`.execute(desk.db);
  const theirs = await desk.refund(paying, 100);
  const failures = [own?.id ?? "", theirs].map((refundId) => ({ refundId, reason: "Too much" }));
  await inTransaction(desk.db, (trx) => failRefunds(trx, desk.settings, failures));
  expect((await desk.orderOf(paying)).attention).toBe("refund_failed");
});
