import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { advance } from "../../../src/orders/advance.ts";
import { closeOrders } from "../../../src/orders/close-orders.ts";
import type { Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { copiesAt } from "../operators/copies.ts";
import { ordersAt } from "../operators/orders-in.ts";
import { guestAt } from "./guest.ts";

const desk = useRefundDesk();
const { orderAt, cancel, pastItsTime } = ordersAt(desk);
const { again, reserve, rejectedTwins } = copiesAt(desk);
const { edit, checkOut } = guestAt(desk);

/** A draft beside its living copy: older versions of Aurora let one come to that. */
async function draftWithCopy() {
  const old = await orderAt("rejected");
  const copy = await again(old);
  await inTransaction(desk.db, (trx) =>
    advance(trx, desk.settings, "redrafted", [{ orderId: old.orderId }], "guest"),
  );
  return { old, copy };
}

/** Its goods have waited long enough, and its money is still on its way. */
async function endUnderWay(copy: Paying): Promise<void> {
  await desk.apply(copy, { status: "processing" });
  await pastItsTime(copy);
  await inTransaction(desk.db, (trx) => closeOrders(trx, desk.settings, [copy.orderId]));
  await sql`UPDATE payments SET processing_since = now() - interval '60 days'
    WHERE id = ${copy.paymentId}`.execute(desk.db);
  await desk.apply(copy, { status: "processing" });
  expect((await desk.orderOf(copy)).status).toBe("expired");
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

  test("stays as it is while money may still bring its copy back", async () => {
    const { old, copy } = await rejectedTwins();
    await endUnderWay(copy);
    const { number } = await desk.orderOf(copy);
    const refusal = { code: "payment_still_open", message: expect.stringContaining(number) };
    await expect(edit(old)).rejects.toMatchObject(refusal);
    await inTransaction(desk.db, (trx) =>
      advance(trx, desk.settings, "redrafted", [{ orderId: old.orderId }], "guest"),
    );
    await expect(checkOut(old)).rejects.toMatchObject(refusal);
    await desk.apply(copy, { status: "cancelled" });
    await checkOut(old);
    expect((await desk.orderOf(old)).status).toBe("reserving");
  });
});
