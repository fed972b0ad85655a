import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import type { MessageStatus } from "../../src/notifications/lifecycle.ts";
import { editOrder } from "../../src/orders/edits/edit-order.ts";
import { mostLinks } from "../../src/orders/operators/pay-link-limit.ts";
import type { Placed } from "../support/paying.ts";
import { useRefundDesk } from "../support/refunding.ts";
import { copiesAt } from "./operators/copies.ts";

const desk = useRefundDesk();
const { reserve, twins } = copiesAt(desk);

/** The copy of an order, which can be paid, and whose customer has got the link. */
async function linkedCopy(): Promise<Placed> {
  const { copy } = await twins();
  await reserve(copy.orderId);
  await leave(copy, "sent");
  return copy;
}

/** What becomes of the links that are on their way. */
async function leave({ orderId }: Placed, status: MessageStatus): Promise<void> {
  await sql`
    UPDATE notifications SET status = ${status}, due_at = CASE ${status}
      WHEN 'sending' THEN due_at END
    WHERE order_id = ${orderId} AND template = 'pay_link' AND status IN ('pending', 'sending')
  `.execute(desk.db);
}

/** The customer changes the order, and its goods are held again. */
async function edit({ orderId, sku }: Placed, quantity: number): Promise<void> {
  const { version } = await desk.orderOf({ orderId, sku });
  const request = {
    ...{ orderId, shopId: desk.shop.id, version, lines: [{ sku, quantity }] },
    ...{ adjustments: null, contact: null, locale: null, actor: "guest", isGuest: true },
  };
  await inTransaction(desk.db, (trx) => editOrder(trx, desk.settings, request));
  await reserve(orderId);
  expect((await desk.orderOf({ orderId, sku })).status).toBe("awaiting_payment");
}

async function mailsTo(order: Placed): Promise<number> {
  const messages = await desk.messagesOf(order);
  return messages.filter((message) => message === "pay_link/email").length;
}

describe("an order that is paid by link, and edited", () => {
  test("has one fresh link for another amount, at once", async () => {
    const copy = await linkedCopy();
    await edit(copy, 1);
    expect(await mailsTo(copy)).toBe(2);
  });

  test("has none while the last one is still to be sent: it will name that amount", async () => {
    const { copy } = await twins();
    await reserve(copy.orderId);
    for (const quantity of [1, 2, 1]) await edit(copy, quantity);
    expect(await mailsTo(copy)).toBe(1);
  });

  test("has one where the last one may have named the old amount", async () => {
    const { copy } = await twins();
    await reserve(copy.orderId);
    await leave(copy, "sending");
    await edit(copy, 1);
    expect(await mailsTo(copy)).toBe(2);
  });

  test("has none where the amount is again what the last one said", async () => {
    const copy = await linkedCopy();
    await edit(copy, 1);
    await leave(copy, "dropped");
    await edit(copy, 2);
    expect(await mailsTo(copy)).toBe(2);
    await edit(copy, 1);
    expect(await mailsTo(copy)).toBe(3);
  });

  test("has another where nobody has got the first", async () => {
    const { copy } = await twins();
    await reserve(copy.orderId);
    await leave(copy, "failed");
    await edit(copy, 1);
    expect(await mailsTo(copy)).toBe(2);
  });

  test(`has no more than ${mostLinks}, however often it is edited`, async () => {
    const copy = await linkedCopy();
    for (let edits = 0; edits < mostLinks + 3; edits++) {
      await edit(copy, edits % 2 === 0 ? 1 : 2);
      await leave(copy, "sent");
    }
    expect(await mailsTo(copy)).toBe(mostLinks);
  });
});
