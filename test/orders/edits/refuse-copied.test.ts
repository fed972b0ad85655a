import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { advance } from "../../../src/orders/advance.ts";
import { checkOutOrder } from "../../../src/orders/edits/check-out-order.ts";
import { editOrder } from "../../../src/orders/edits/edit-order.ts";
import type { Placed } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { copiesAt } from "../operators/copies.ts";
import { ordersAt } from "../operators/orders-in.ts";

const desk = useRefundDesk();
const { orderAt, cancel } = ordersAt(desk);
const { again, reserve } = copiesAt(desk);

/** The customer wants one of it after all. */
async function edit({ orderId, sku }: Placed): Promise<void> {
  const { version } = await desk.orderOf({ orderId, sku });
  const request = {
    ...{ orderId, shopId: desk.shop.id, version, lines: [{ sku, quantity: 1 }] },
    ...{ adjustments: null, contact: null, locale: null, actor: "guest", isGuest: true },
  };
  await inTransaction(desk.db, (trx) => editOrder(trx, desk.settings, request));
}

async function checkOut({ orderId }: Placed): Promise<void> {
  const request = {
    ...{ orderId, shopId: desk.shop.id, actor: "guest" },
    ...{ idempotencyKey: randomUUID(), fingerprint: Buffer.from(orderId) },
  };
  await inTransaction(desk.db, (trx) => checkOutOrder(trx, desk.settings, request));
}

/** A draft beside its living copy: older versions of Aurora let one come to that. */
async function draftWithCopy() {
  const old = await orderAt("rejected");
  const copy = await again(old);
  await inTransaction(desk.db, (trx) =>
    advance(trx, desk.settings, "redrafted", [{ orderId: old.orderId }], "guest"),
  );
  return { old, copy };
}

describe("an order that was placed again", () => {
  test("is not edited back to life beside its copy: one wish is paid once", async () => {
    const old = await orderAt("rejected");
    const { number } = await again(old);
    await expect(edit(old)).rejects.toThrow(`placed again as ${number}`);
    expect((await desk.orderOf(old)).status).toBe("rejected");
    const other = await orderAt("rejected");
    await edit(other);
    expect((await desk.orderOf(other)).status).toBe("draft");
  });

  test("is not checked out while its copy can be paid, and is once that is over", async () => {
    const { old, copy } = await draftWithCopy();
    await expect(checkOut(old)).rejects.toMatchObject({
      ...{ code: "order_is_over", message: expect.stringContaining(copy.number) },
    });
    expect((await desk.orderOf(old)).status).toBe("draft");
    await reserve(copy.orderId);
    await cancel(copy.orderId, null);
    await edit(old);
    await checkOut(old);
    expect((await desk.orderOf(old)).status).toBe("reserving");
  });
});
