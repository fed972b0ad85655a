import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { failRefunds } from "../../../src/orders/refunds/fail-refunds.ts";
import { seenRefund } from "../../support/money-back.ts";
import type { Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { shippingAt } from "../../support/shipping.ts";
import { stockProduct } from "../../support/shop.ts";

const desk = useRefundDesk();
const shipping = shippingAt(desk);
const post = { kind: "shipping", name: "Post", amountMinor: 400 } as const;
const migration = new URL("../../../src/db/migrations/0019_kept_money.sql", import.meta.url);

/** Two pieces at 5.00, and the post. */
async function soldWithPost(): Promise<Paying> {
  const order = await desk.payable({ adjustments: [post] });
  await desk.apply(order, { status: "captured", amountMinor: 1_400, capturedMinor: 1_400 });
  return order;
}

/** Three pieces at 3.00, and 1.00 for the post. */
async function soldThree(): Promise<Paying> {
  const sku = `sku-${randomUUID()}`;
  await stockProduct(desk.db, sku, 3, 300);
  const adjustments = [{ ...post, amountMinor: 100 }];
  return { ...(await desk.sold({ lines: [{ sku, quantity: 3 }], adjustments })), sku };
}

/** Stripe says that the order's last refund did not reach its customer. */
async function failLast(order: Paying): Promise<void> {
  const refund = (await desk.refundsOf(order)).at(-1);
  const { id: refundId = "", amount_minor: amountMinor = 0 } = refund ?? {};
  await desk.look(order, seenRefund({ refundId, amountMinor, status: "failed" }));
}

const bookedOf = async (order: Paying) =>
  (await desk.refundsOf(order)).filter(({ status }) => status !== "failed");
const backOf = async (order: Paying) =>
  (await bookedOf(order)).map(({ amount_minor }) => amount_minor);

describe("money that was kept for goods", () => {
  test("does not go back with that of the last ones, nor with the order's", async () => {
    for (const quantity of [1, null]) {
      const order = await soldWithPost();
      expect(await shipping.cancel(order, 1, "none")).toBe("cancelled");
      expect(await shipping.cancel(order, quantity, "full")).toBe("cancelled");
      expect(await desk.amountsOf(order)).toEqual([900]);
      expect((await desk.historyOf(order)).at(-1)).toMatchObject({
        event: "cancelled_after_payment",
        detail: { refundMinor: 900, kept: { [order.paymentId]: 500 } },
      });
    }
  });

  test("is that of the last ones where the others' went back", async () => {
    const order = await soldWithPost();
    expect(await shipping.cancel(order, 1, "full")).toBe("cancelled");
    expect(await shipping.cancel(order, 1, "none")).toBe("cancelled");
    expect(await desk.amountsOf(order)).toEqual([500]);
  });

  test("is theirs alone, whatever was cancelled before or after them", async () => {
    for (const words of [
      ["full", "none"],
      ["none", "full"],
    ] as const) {
      const order = await soldThree();
      for (const word of words) await shipping.cancel(order, 1, word);
      await shipping.cancel(order, 1, "full");
      expect(await desk.amountsOf(order)).toEqual([300, 400]);
    }
  });

  test("is none once these goods were refunded by their name", async () => {
    const order = await soldWithPost();
    await shipping.cancel(order, 1, "none");
    await desk.ask(order, { lines: [{ sku: order.sku, quantity: 1 }] });
    await shipping.cancel(order, 1, "full");
    expect(await desk.amountsOf(order)).toEqual([500, 900]);
  });

  test("never keeps what the last ones are worth, whatever went back before", async () => {
    const order = await desk.sold();
    await shipping.cancel(order, 1, "none");
    await desk.refund(order, 300);
    await shipping.cancel(order, 1, "full");
    expect(await desk.amountsOf(order)).toEqual([300, 500]);
  });

  test("nor the shipping: what was refunded for them as an amount is not kept again", async () => {
    const order = await soldWithPost();
    await shipping.cancel(order, 1, "none");
    await desk.refund(order, 400);
    await shipping.cancel(order, 1, "full");
    expect(await desk.amountsOf(order)).toEqual([400, 900]);
    expect((await desk.historyOf(order)).at(-1)).toMatchObject({
      detail: { kept: { [order.paymentId]: 100 } },
    });
  });

  test("and keeps nothing where more went back than they are worth", async () => {
    const order = await soldWithPost();
    await shipping.cancel(order, 1, "none");
    await desk.refund(order, 700);
    await shipping.cancel(order, 1, "full");
    expect(await desk.amountsOf(order)).toEqual([700, 700]);
  });

  test("stays where the refund of the others failed, and is asked for anew", async () => {
    const order = await soldWithPost();
    await shipping.cancel(order, 1, "none");
    await shipping.cancel(order, 1, "full");
    const [refund] = await desk.refundsOf(order);
    // Somebody gave a part of it back in Stripe's dashboard, so that Stripe refuses ours.
    await desk.look(order, seenRefund({ amountMinor: 600 }));
    const failures = [{ refundId: refund?.id ?? "", reason: "refused" }];
    await inTransaction(desk.db, (trx) => failRefunds(trx, desk.settings, failures));
    expect((await desk.amountsOf(order)).toSorted((a, b) => a - b)).toEqual([300, 600, 900]);
  });
});

describe("a refund that was promised for cancelled goods and failed", () => {
  test("is not kept: it goes back with the last ones", async () => {
    const order = await soldWithPost();
    await shipping.cancel(order, 1, "full");
    await failLast(order);
    await shipping.cancel(order, 1, "full");
    expect(await backOf(order)).toEqual([1_400]);
    expect((await desk.historyOf(order)).at(-1)?.detail).not.toHaveProperty("kept");
  });

  test("does, too, where others' money was kept", async () => {
    const order = await soldThree();
    await shipping.cancel(order, 1, "full");
    await failLast(order);
    await shipping.cancel(order, 1, "none");
    await shipping.cancel(order, 1, "full");
    expect(await backOf(order)).toEqual([700]);
    expect((await desk.historyOf(order)).at(-1)).toMatchObject({
      detail: { kept: { [order.paymentId]: 300 } },
    });
  });
});

test("the migration knows of old cancellations whether they kept their goods' money", async () => {
  const order = await soldThree();
  for (const word of ["full", "none"] as const) await shipping.cancel(order, 1, word);
  const other = await soldThree();
  // Nothing is left to go back for these.
  await desk.refund(other);
  await shipping.cancel(other, 1, "full");
  const said = () =>
    sql<{ keeps_money: boolean }>`
    SELECT id, refund_id IS NOT NULL AS gives, keeps_money FROM line_cancellations
    WHERE order_id IN (${order.orderId}, ${other.orderId}) ORDER BY id`.execute(desk.db);
  const { rows: before } = await said();
  expect(before).toMatchObject([
    ...[
      { gives: true, keeps_money: false },
      { gives: false, keeps_money: true },
    ],
    { gives: false, keeps_money: false },
  ]);
  await sql`ALTER TABLE line_cancellations DROP COLUMN keeps_money`.execute(desk.db);
  await sql.raw(await readFile(migration, "utf8")).execute(desk.db);
  expect((await said()).rows).toEqual(before);
});
