import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { moveStock } from "../../../src/inventory/movements.ts";
import { findOrder } from "../../../src/orders/find-order.ts";
import { payByForce } from "../../../src/orders/operators/pay-by-force.ts";
import { settleOrder } from "../../../src/orders/operators/settle-order.ts";
import { claimStarts } from "../../../src/orders/paying/start-payments.ts";
import { failRefunds } from "../../../src/orders/refunds/fail-refunds.ts";
import { captured, type Paying, type Placed } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { stockOf } from "../../support/shop.ts";
import { ordersAt } from "./orders-in.ts";

const desk = useRefundDesk();
const { orderAt, cancel, sellOut } = ordersAt(desk);

const force = ({ orderId }: Placed) =>
  inTransaction(desk.db, (trx) =>
    payByForce(trx, desk.settings, {
      ...{ orderId, reference: "till 7, slip 1234", note: "paid at the counter", actor: "ops:ann" },
    }),
  );

const paymentsOf = ({ orderId }: Placed) =>
  desk.db
    .selectFrom("payments")
    .select(["id", "attempt", "provider", "reference", "status", "captured_minor", "client_secret"])
    .where("order_id", "=", orderId)
    .orderBy("attempt")
    .execute();

const externalOf = async (order: Placed) => (await paymentsOf(order)).at(-1);

describe("an order that is paid by other means", () => {
  test.each([
    ["draft", {}],
    ["reserving", {}],
    ["awaiting payment", {}],
    ["closing", { cancelledTooLate: true }],
    ["expired", { revived: true }],
    ["cancelled", { revived: true }],
  ] as const)("was %s, and is paid, sold, booked and told of", async (standing, said) => {
    const order = await orderAt(standing);
    await force(order);
    expect(await desk.orderOf(order)).toMatchObject({
      status: "paid",
      closing: null,
      due_at: null,
    });
    const { id, ...payment } = (await externalOf(order)) ?? {};
    expect(payment).toMatchObject({ provider: "external", reference: "till 7, slip 1234" });
    expect(payment).toMatchObject({ status: "captured", captured_minor: 1_000 });
    const { rows: entries } = await sql`
      SELECT movement, account, amount_minor FROM ledger_entries
      WHERE order_id = ${order.orderId} ORDER BY account`.execute(desk.db);
    const movement = `capture:${id}`;
    expect(entries).toEqual([
      { movement, account: "external", amount_minor: 1_000 },
      { movement, account: "sales", amount_minor: -1_000 },
    ]);
    expect((await stockOf(desk.db, order.sku)).reserved).toBe(2);
    const [event] = (await desk.historyOf(order)).slice(-1);
    const detail = { reference: "till 7, slip 1234", note: "paid at the counter", paymentId: id };
    expect(event).toEqual({ event: "paid_by_force", detail: { ...detail, ...said } });
    expect(await desk.messagesOf(order)).toEqual(
      expect.arrayContaining(["order_paid/email", "order_paid/sms"]),
    );
    expect((await findOrder(desk.db, order.orderId))?.money).toMatchObject({
      ...{ capturedMinor: 1_000, refundedMinor: 0 },
    });
  });

  test("takes goods that came in since it was rejected", async () => {
    const order = await orderAt("rejected");
    const goods = { sku: order.sku, kind: "receive", quantity: 6, reason: "came in" } as const;
    await inTransaction(desk.db, (trx) => moveStock(trx, [{ ...goods, actor: "test" }]));
    await force(order);
    expect(await desk.orderOf(order)).toMatchObject({ status: "paid" });
    expect(await stockOf(desk.db, order.sku)).toEqual({ on_hand: 9, reserved: 9 });
  });

  test("is refused where its goods are sold, and says which and how many there are", async () => {
    const order = await orderAt("expired");
    await sellOut(order);
    const refusal = {
      code: "out_of_stock",
      message: expect.stringContaining(`0 of 2 "${order.sku}`),
    };
    await expect(force(order)).rejects.toMatchObject(refusal);
    expect(await desk.orderOf(order)).toMatchObject({ status: "expired" });
    expect(await paymentsOf(order)).toHaveLength(1);
  });

  test("leaves nothing open at Stripe", async () => {
    const paying = await desk.payable();
    const { hints } = await force(paying);
    const { paymentId: id } = paying;
    expect(hints).toContainEqual(expect.objectContaining({ kind: "cancel_payment", id }));
    expect(await paymentsOf(paying)).toMatchObject([
      { attempt: 1, provider: "stripe", status: "pending", client_secret: null },
      { attempt: 2, provider: "external", status: "captured" },
    ]);
    expect((await desk.paymentOf(paying)).due_at?.getTime()).toBeLessThanOrEqual(Date.now());
    await desk.apply(paying, { status: "cancelled" });
    expect(await desk.orderOf(paying)).toMatchObject({ status: "paid", attention: null });
  });

  test("lets a start that is under way be cancelled by the one who asked for it", async () => {
    const paying = await desk.awaiting();
    await claimStarts(desk.db, [paying.paymentId]);
    const { hints } = await force(paying);
    const { paymentId: id } = paying;
    expect(hints).toContainEqual(expect.objectContaining({ kind: "start_payment", id }));
    const [start] = await claimStarts(desk.db, [id]);
    expect(start?.todo).toBe("create");
    const { applied } = await desk.apply(paying, {});
    expect(applied).toMatchObject([{ status: "created", ours: true }]);
    await desk.apply(paying, { status: "cancelled" });
  });
});

describe("money that Stripe takes besides", () => {
  test("is a second payment, and goes back in full", async () => {
    const paying = await desk.payable();
    await force(paying);
    await desk.apply(paying, captured);
    expect(await desk.orderOf(paying)).toMatchObject({
      ...{ status: "paid", attention: "second_payment" },
    });
    expect(await desk.refundsOf(paying)).toMatchObject([
      { reason: "second_payment", amount_minor: 1_000, payment_id: paying.paymentId },
    ]);
    expect(await desk.ledgerOf(paying)).toEqual({ external: 1_000, stripe: 1_000, sales: -2_000 });
  });

  test("can be given back by a person though the order was paid elsewhere", async () => {
    const paying = await desk.payable();
    await force(paying);
    await desk.apply(paying, captured);
    const [refund] = await desk.refundsOf(paying);
    const failures = [{ refundId: refund?.id ?? "", reason: "refused" }];
    await inTransaction(desk.db, (trx) => failRefunds(trx, desk.settings, failures));
    await desk.refund(paying);
    expect((await desk.refundsOf(paying)).at(-1)).toMatchObject({
      ...{ payment_id: paying.paymentId, status: "requested" },
    });
    // Nothing is left of that: what else was paid Stripe does not have.
    expect(await desk.ask(paying)).toMatchObject({ error: { code: "paid_elsewhere" } });
  });

  test.each([false, true])(
    "and does not match goes back, also where a person has looked: %s",
    async (isSettled) => {
      const paying = await orderAt("under review");
      const act = { orderId: paying.orderId, actor: "ops:ann" };
      if (isSettled) await inTransaction(desk.db, (trx) => settleOrder(trx, act));
      await force(paying);
      expect(await desk.refundsOf(paying)).toMatchObject([
        { reason: "amount_mismatch", amount_minor: 900, payment_id: paying.paymentId },
      ]);
    },
  );

  test("and could not go back stands in the way of an order that has ended", async () => {
    const paying = await orderAt("expired");
    await sellOut(paying);
    await desk.apply(paying, captured);
    const [refund] = await desk.refundsOf(paying);
    const failures = [{ refundId: refund?.id ?? "", reason: "refused" }];
    await inTransaction(desk.db, (trx) => failRefunds(trx, desk.settings, failures));
    await expect(force(paying)).rejects.toMatchObject({ code: "money_not_returned" });
  });
});

describe("money that did not come through Stripe", () => {
  async function forced(): Promise<Paying> {
    const paying = await desk.payable();
    await force(paying);
    return paying;
  }

  test("is not asked back of Stripe: the refusal says where it is", async () => {
    const paying = await forced();
    expect(await desk.ask(paying)).toMatchObject({
      outcome: "refused",
      error: { code: "paid_elsewhere", message: expect.stringContaining("till 7, slip 1234") },
    });
    expect(await desk.ask(paying, { amountMinor: 100 })).toMatchObject({ outcome: "refused" });
    expect(await desk.refundsOf(paying)).toEqual([]);
  });

  test("stays where it is when the order is cancelled without a refund", async () => {
    const paying = await forced();
    await cancel(paying.orderId, "full");
    expect(await desk.orderOf(paying)).toMatchObject({ status: "paid" });
    await cancel(paying.orderId, "none");
    expect(await desk.orderOf(paying)).toMatchObject({ status: "cancelled" });
    expect(await desk.ledgerOf(paying)).toEqual({ external: 1_000, sales: -1_000 });
    expect((await stockOf(desk.db, paying.sku)).reserved).toBe(0);
  });
});
