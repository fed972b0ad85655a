import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { allInvariants, checkInvariants } from "../../../src/invariants/check-invariants.ts";
import { closeOrders } from "../../../src/orders/close-orders.ts";
import { releaseHold } from "../../../src/orders/operators/release-hold.ts";
import type { Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { stockOf } from "../../support/shop.ts";

const desk = useRefundDesk();

/** An odd amount came by a first attempt, late, while a second one can be paid. */
async function oddAndOpen(): Promise<{ odd: Paying; open: Paying }> {
  const odd = await desk.payable();
  await desk.apply(odd, { status: "cancelled" });
  const { id: paymentId } = await desk.db
    .selectFrom("payments")
    .select("id")
    .where("order_id", "=", odd.orderId)
    .where("attempt", "=", 2)
    .executeTakeFirstOrThrow();
  const intent = { ...odd.intent, id: `pi_${randomUUID().slice(0, 8)}`, paymentId };
  const open = { ...odd, paymentId, intent };
  await desk.apply(open, {});
  await desk.apply(odd, { status: "captured", capturedMinor: 600 });
  return { odd, open };
}

const release = ({ orderId }: Paying) =>
  inTransaction(desk.db, (trx) => releaseHold(trx, desk.settings, { orderId, actor: "ops:ann" }));
const close = ({ orderId }: Paying) =>
  inTransaction(desk.db, (trx) => closeOrders(trx, desk.settings, [orderId]));

test("a hold with odd money and an open attempt ends as soon as Stripe has shut that", async () => {
  const { odd, open } = await oddAndOpen();
  await release(odd);
  expect(await desk.orderOf(odd)).toMatchObject({ closing: "expired" });
  await desk.apply(open, { status: "cancelled" });
  expect(await desk.orderOf(odd)).toMatchObject({ status: "expired" });
  expect(await desk.amountsOf(odd)).toEqual([600]);
  expect((await stockOf(desk.db, odd.sku)).reserved).toBe(0);
});

test("a hold that was released ends also where the open attempt paid oddly, too", async () => {
  const { odd, open } = await oddAndOpen();
  await release(odd);
  await desk.apply(open, { status: "captured", capturedMinor: 700 });
  await close(odd);
  expect(await desk.orderOf(odd)).toMatchObject({ status: "expired", closing: null });
  expect((await desk.amountsOf(odd)).sort()).toEqual([600, 700]);
  expect((await stockOf(desk.db, odd.sku)).reserved).toBe(0);
});

test("an order for which nothing fits that came is under review, which is sound", async () => {
  const { odd, open } = await oddAndOpen();
  await desk.apply(open, { status: "captured", capturedMinor: 700 });
  expect(await desk.orderOf(odd)).toMatchObject({
    ...{ status: "awaiting_payment", attention: "amount_mismatch" },
  });
  const findings = await checkInvariants(desk.db, allInvariants({ patienceSeconds: 60 }));
  const broken = findings.filter((each) => each.broken > 0).map(({ name }) => name);
  expect(broken.filter((name) => name !== "nothing_is_overdue")).toEqual([]);
});
