import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { moveStock } from "../../../src/inventory/movements.ts";
import { findOrder } from "../../../src/orders/find-order.ts";
import { payByForce } from "../../../src/orders/operators/pay-by-force.ts";
import { claimStarts } from "../../../src/orders/paying/start-payments.ts";
import type { Placed } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { stockOf } from "../../support/shop.ts";
import { ordersAt } from "./orders-in.ts";

const desk = useRefundDesk();
const { orderAt, sellOut } = ordersAt(desk);

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
