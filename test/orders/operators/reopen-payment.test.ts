import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { reopenPayment } from "../../../src/orders/operators/reopen-payment.ts";
import { settleOrder } from "../../../src/orders/operators/settle-order.ts";
import { claimStarts, failStarts } from "../../../src/orders/paying/start-payments.ts";
import { captured, type Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";

const desk = useRefundDesk();
const actor = "ops:ann";

const reopen = ({ orderId }: Paying, observed: "missing" | null = null) =>
  inTransaction(desk.db, (trx) => reopenPayment(trx, desk.settings, { orderId, observed, actor }));

const attemptsOf = ({ orderId }: Paying) =>
  desk.db
    .selectFrom("payments")
    .select(["attempt", "status"])
    .where("order_id", "=", orderId)
    .orderBy("attempt")
    .execute();

describe("a payment that is opened again", () => {
  test("is a new attempt where Stripe refused the one before", async () => {
    const paying = await desk.awaiting();
    await claimStarts(desk.db, [paying.paymentId]);
    const failures = [{ paymentId: paying.paymentId, reason: "refused" }];
    await inTransaction(desk.db, (trx) => failStarts(trx, failures));
    const { opened, hints } = await reopen(paying);
    expect(opened).toBe(true);
    expect(hints).toMatchObject([{ queue: "payment", kind: "start_payment" }]);
    expect(await attemptsOf(paying)).toEqual([
      { attempt: 1, status: "failed" },
      { attempt: 2, status: "created" },
    ]);
    expect((await desk.historyOf(paying)).at(-1)?.event).toBe("payment_reopened");
  });

  test("is not opened beside one that is alive", async () => {
    const paying = await desk.payable();
    expect(await reopen(paying)).toMatchObject({ opened: false, hints: [] });
    expect(await attemptsOf(paying)).toEqual([{ attempt: 1, status: "pending" }]);
    expect((await desk.historyOf(paying)).map(({ event }) => event)).not.toContain(
      "payment_reopened",
    );
  });

  test("takes the place of one that Stripe does not know", async () => {
    const paying = await desk.payable();
    expect(await reopen(paying, "missing")).toMatchObject({ opened: true });
    expect(await attemptsOf(paying)).toEqual([
      { attempt: 1, status: "cancelled" },
      { attempt: 2, status: "created" },
    ]);
    expect(await desk.paymentOf(paying)).toMatchObject({ client_secret: null, due_at: null });
    // Whatever Stripe takes by it all the same is honoured.
    await desk.apply(paying, captured);
    expect(await desk.orderOf(paying)).toMatchObject({ status: "paid" });
  });

  test("is not opened where Stripe was never asked, so that nothing can be missing", async () => {
    const paying = await desk.awaiting();
    expect(await reopen(paying, "missing")).toMatchObject({ opened: false });
    expect(await attemptsOf(paying)).toEqual([{ attempt: 1, status: "created" }]);
  });
});

describe("an order that is settled", () => {
  test("calls for nobody any more, and says what it called for", async () => {
    const paying = await desk.payable();
    await desk.apply(paying, { ...captured, capturedMinor: 900 });
    const act = { orderId: paying.orderId, actor };
    await inTransaction(desk.db, (trx) => settleOrder(trx, act));
    const { attention, settled_at } = await desk.orderOf(paying);
    expect(attention).toBeNull();
    expect(settled_at).toBeInstanceOf(Date);
    expect((await desk.historyOf(paying)).at(-1)).toEqual({
      event: "settled",
      detail: { attention: "amount_mismatch", dismissed: [], payments: [paying.paymentId] },
    });
  });

  test("gives odd money back all the same when another attempt pays for it", async () => {
    const paying = await desk.payable();
    await reopen(paying, "missing");
    await desk.apply(paying, { ...captured, capturedMinor: 900 });
    await inTransaction(desk.db, (trx) => settleOrder(trx, { orderId: paying.orderId, actor }));
    const second = await desk.db
      .selectFrom("payments")
      .select("id")
      .where("order_id", "=", paying.orderId)
      .where("attempt", "=", 2)
      .executeTakeFirstOrThrow();
    const intent = { ...paying.intent, id: "pi_second", paymentId: second.id };
    await desk.apply({ ...paying, paymentId: second.id, intent }, captured);
    expect(await desk.orderOf(paying)).toMatchObject({ status: "paid" });
    expect(await desk.refundsOf(paying)).toMatchObject([
      { reason: "amount_mismatch", amount_minor: 900, payment_id: paying.paymentId },
    ]);
  });
});
