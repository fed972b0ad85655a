import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { findOrder } from "../../../src/orders/find-order.ts";
import type { Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { contacts, copiesAt } from "./copies.ts";
import { ordersAt } from "./orders-in.ts";

const desk = useRefundDesk();
const { orderAt, cancel, sellOut } = ordersAt(desk);
const { again, heldTwins, reserve, twins } = copiesAt(desk);

/** A cancelled order with all that an order can have. */
async function richOrder(): Promise<Paying> {
  const adjustments = [{ kind: "shipping", name: "Post", amountMinor: 350 } as const];
  const paying = await desk.awaiting({ adjustments, locale: "ru", customerRef: "c-7" });
  await cancel(paying.orderId, null);
  return paying;
}

describe("an order that is placed again", () => {
  test("is a copy at today's prices, for the same customer, and both say so", async () => {
    const old = await richOrder();
    await desk.db
      .updateTable("products")
      .set({ price_minor: 700 })
      .where("sku", "=", old.sku)
      .execute();
    const { orderId, number, hints } = await again(old);
    expect(hints).toMatchObject([{ queue: "reservation", kind: "reserve", id: orderId }]);
    const [before, copy] = await Promise.all([
      findOrder(desk.db, old.orderId),
      findOrder(desk.db, orderId),
    ]);
    expect(copy).toMatchObject({
      ...{ number, status: "reserving", totalMinor: 1_750, shopId: desk.shop.id },
      ...{ locale: "ru", customerRef: "c-7", adjustments: before?.adjustments },
      lines: [{ sku: old.sku, quantity: 2, unitPriceMinor: 700 }],
    });
    expect(copy?.contact?.sealed).not.toEqual(before?.contact?.sealed);
    expect(contacts.open(copy?.contact ?? { key_id: "", sealed: Buffer.alloc(0) })).toEqual(
      contacts.open(before?.contact ?? { key_id: "", sealed: Buffer.alloc(0) }),
    );
    const [placed] = await desk.historyOf({ ...old, orderId });
    const copies = { copies: old.orderId, number: before?.number };
    expect(placed).toEqual({ event: "placed", detail: copies });
    const [said] = (await desk.historyOf(old)).slice(-1);
    expect(said).toEqual({ event: "ordered_again", detail: { orderId, number } });
  });

  test("sends its pay link by itself as soon as its goods are held, others send none", async () => {
    const old = await richOrder();
    const { orderId } = await again(old);
    expect(await desk.messagesOf({ ...old, orderId })).toEqual([]);
    const { moved, hints } = await reserve(orderId);
    expect(moved).toMatchObject([{ to: "awaiting_payment", paysByLink: true }]);
    expect(hints.map(({ kind }) => kind)).toEqual([
      ...["start_payment", "send_message", "send_message"],
    ]);
    expect(await desk.messagesOf({ ...old, orderId })).toEqual(["pay_link/email", "pay_link/sms"]);
    expect(await desk.messagesOf(await desk.awaiting())).toEqual([]);
  });

  test("is refused while an earlier copy of it is alive, and names that one", async () => {
    const old = await richOrder();
    const first = await again(old);
    await expect(again(old)).rejects.toMatchObject({
      ...{ code: "ordered_again_before", message: expect.stringContaining(first.number) },
    });
    await reserve(first.orderId);
    await cancel(first.orderId, null);
    const second = await again(old);
    expect(second.orderId).not.toBe(first.orderId);
  });

  test("is refused while money for it may still come", async () => {
    const old = await richOrder();
    await sql`UPDATE payments SET status = 'processing', processing_since = now(), due_at = now()
      WHERE order_id = ${old.orderId}`.execute(desk.db);
    await expect(again(old)).rejects.toMatchObject({ code: "payment_still_open" });
  });

  test("is refused while a copy of its copy is alive", async () => {
    const old = await richOrder();
    const first = await again(old);
    await reserve(first.orderId);
    await cancel(first.orderId, null);
    const second = await again({ ...old, orderId: first.orderId });
    await expect(again(old)).rejects.toMatchObject({
      ...{ code: "ordered_again_before", message: expect.stringContaining(second.number) },
    });
  });

  test("is refused for a copy while another copy of the same is alive", async () => {
    const { old, copy } = await twins();
    await cancel(copy.orderId, null);
    const second = await again(old);
    await expect(again(copy)).rejects.toMatchObject({
      ...{ code: "ordered_again_before", message: expect.stringContaining(second.number) },
    });
  });

  test("is refused while money for an earlier copy of it may still come", async () => {
    const { old, copy } = await heldTwins();
    await cancel(copy.orderId, null);
    await sql`UPDATE payments SET status = 'processing', processing_since = now(), due_at = now(),
      asked_at = now() WHERE order_id = ${copy.orderId}`.execute(desk.db);
    await expect(again(old)).rejects.toMatchObject({ code: "payment_still_open" });
  });

  test("is rejected like any other where its goods are sold", async () => {
    const old = await orderAt("expired");
    await sellOut(old);
    const { orderId } = await again(old);
    expect((await reserve(orderId)).moved).toMatchObject([{ to: "rejected" }]);
    expect(await desk.messagesOf({ ...old, orderId })).toEqual(["order_rejected/email"]);
  });

  test("is refused where a product is not sold any more, and names it", async () => {
    const old = await richOrder();
    await desk.db
      .updateTable("products")
      .set({ active: false })
      .where("sku", "=", old.sku)
      .execute();
    await expect(again(old)).rejects.toMatchObject({
      ...{ code: "unavailable_goods", message: expect.stringContaining(old.sku) },
    });
    expect((await desk.historyOf(old)).at(-1)?.event).toBe("cancelled");
  });

  test("is refused once its customer was erased, or no key opens the contact", async () => {
    const old = await richOrder();
    await desk.db
      .updateTable("order_contacts")
      .set({ key_id: "lost" })
      .where("order_id", "=", old.orderId)
      .execute();
    await expect(again(old)).rejects.toMatchObject({ code: "contact_sealed" });
    await desk.db.deleteFrom("order_contacts").where("order_id", "=", old.orderId).execute();
    await expect(again(old)).rejects.toMatchObject({ code: "contact_erased" });
  });

  test("is one order however often the same key comes", async () => {
    const old = await richOrder();
    const key = randomUUID();
    const { orderId } = await again(old, key);
    await reserve(orderId);
    await cancel(orderId, null);
    // The copy is over, so the key alone tells that this was asked for before.
    expect((await again(old, key)).orderId).toBe(orderId);
  });
});
