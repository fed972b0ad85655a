import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterEach, describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { checkOutOrder } from "../../../src/orders/edits/check-out-order.ts";
import type { Placed } from "../../support/paying.ts";
import { placed, requestOf, stockProduct } from "../../support/shop.ts";
import { useEditDesk } from "./editing.ts";

const desk = useEditDesk();
const { till, edit, quantity, reserve, eventsOf, holdsOf, broken } = desk;

afterEach(async () => {
  expect(await broken()).toEqual([]);
});

async function draft(more: Parameters<typeof requestOf>[2] = {}): Promise<Placed> {
  const sku = `Draft-${randomUUID().slice(0, 8)}`;
  await stockProduct(till.db, sku, 3, 500);
  const request = requestOf(till.shop, [{ sku, quantity: 2 }], { checkout: false, ...more });
  const [orderId = ""] = await placed(till.db, till.settings, request);
  return { orderId, sku };
}

function checkOut({ orderId }: Placed, key = randomUUID()) {
  const request = {
    ...{ orderId, shopId: till.shop.id, actor: "guest" },
    ...{ idempotencyKey: key, fingerprint: Buffer.from(orderId) },
  };
  return inTransaction(till.db, (trx) => checkOutOrder(trx, till.settings, request));
}

async function putOff(order: Placed): Promise<void> {
  await sql`
    UPDATE orders SET expires_at = now() + interval '1 second' WHERE id = ${order.orderId}
  `.execute(till.db);
}

describe("a draft", () => {
  test("holds nothing, and waits half an hour from its last change", async () => {
    const order = await draft();
    expect(await eventsOf(order)).toEqual(["placed"]);
    expect(await till.orderOf(order)).toMatchObject({ status: "draft", version: 1 });
    await putOff(order);
    await quantity(order, 3);
    const { status, expires_at, due_at, total_minor } = await till.orderOf(order);
    expect([status, total_minor]).toEqual(["draft", 1_500]);
    expect(expires_at?.getTime()).toBeGreaterThan(Date.now() + 29 * 60_000);
    expect(due_at).toEqual(expires_at);
    expect(await holdsOf(order)).toEqual({});
    const [, edited] = await till.historyOf(order);
    expect(edited).toMatchObject({
      event: "draft_edited",
      detail: { lines: [{ sku: order.sku, from: 2, to: 3 }] },
    });
  });

  test("is checked out once per key, and reserved like any other order", async () => {
    const order = await draft();
    const key = randomUUID();
    const { hints, replayed } = await checkOut(order, key);
    expect([hints.map(({ kind }) => kind), replayed]).toEqual([["reserve"], false]);
    expect(await checkOut(order, key)).toMatchObject({ replayed: true, hints: [] });
    await expect(checkOut(order)).rejects.toMatchObject({ code: "order_not_draft" });
    await reserve(order);
    expect(await till.orderOf(order)).toMatchObject({ status: "awaiting_payment" });
  });

  test("is priced anew at its checkout, which says so again to a replay", async () => {
    const order = await draft();
    await sql`
      UPDATE products SET price_minor = 600 WHERE written_sku = ${order.sku}`.execute(till.db);
    const key = randomUUID();
    const repriced = {
      prices: [{ sku: order.sku, fromMinor: 500, toMinor: 600 }],
      totalMinor: { from: 1_000, to: 1_200 },
    };
    expect(await checkOut(order, key)).toMatchObject({ repriced });
    expect(await checkOut(order, key)).toMatchObject({ replayed: true, repriced });
    expect((await till.orderOf(order)).total_minor).toBe(1_200);
  });

  test("needs a contact before it is checked out, and goods that are sold", async () => {
    const order = await draft({ contact: null });
    await expect(checkOut(order)).rejects.toMatchObject({ code: "contact_needed" });
    const { contact } = requestOf(till.shop, []);
    await edit(order, { contact, locale: "ru" });
    expect(await eventsOf(order)).toEqual(["placed", "contact_changed"]);
    expect((await till.orderOf(order)).locale).toBe("ru");
    await sql`UPDATE products SET active = false WHERE written_sku = ${order.sku}`.execute(till.db);
    await expect(checkOut(order)).rejects.toMatchObject({ code: "unavailable_goods" });
    await sql`UPDATE products SET active = true WHERE written_sku = ${order.sku}`.execute(till.db);
    await checkOut(order);
  });

  test("is seen at the version that it has", async () => {
    const order = await draft();
    const { version } = await till.orderOf(order);
    await quantity(order, 3, { version });
    const stale = quantity(order, 1, { version });
    await expect(stale).rejects.toMatchObject({ code: "stale_version" });
    expect((await till.orderOf(order)).total_minor).toBe(1_500);
  });
});

describe("an order that looks for its stock", () => {
  test("is changed at once: its reservation takes what is wanted by then", async () => {
    const order = await draft();
    await checkOut(order);
    await quantity(order, 1);
    await reserve(order);
    expect(await holdsOf(order)).toEqual({ held: 1 });
  });
});

describe("a rejected order", () => {
  test("is a draft again when it is edited, and lives on", async () => {
    const order = await draft();
    await quantity(order, 4);
    await checkOut(order);
    await reserve(order);
    expect((await till.orderOf(order)).status).toBe("rejected");
    const erased = () =>
      till.db
        .selectFrom("order_contacts")
        .select("erase_at")
        .where("order_id", "=", order.orderId)
        .executeTakeFirstOrThrow();
    expect((await erased()).erase_at).not.toBeNull();

    await quantity(order, 3);
    expect(await till.orderOf(order)).toMatchObject({ status: "draft", total_minor: 1_500 });
    expect((await erased()).erase_at).toBeNull();
    await checkOut(order);
    await reserve(order);
    expect(await till.orderOf(order)).toMatchObject({ status: "awaiting_payment" });
    expect((await eventsOf(order)).filter((event) => event === "redrafted")).toHaveLength(1);
  });
});

describe("what keeps an order as it is", () => {
  test("a guest does not change goods for which the shop has set its terms", async () => {
    const discount = { kind: "discount", name: "Ten pence off", amountMinor: -10 } as const;
    const order = await draft({ adjustments: [discount] });
    const asGuest = quantity(order, 1, { isGuest: true });
    await expect(asGuest).rejects.toMatchObject({ code: "adjustments_need_secret_key" });
    await quantity(order, 1);
    expect((await till.orderOf(order)).total_minor).toBe(490);
  });

  test("paid goods stay, but whoever gets them may still be another", async () => {
    const paying = await till.payable();
    await till.apply(paying, { status: "captured", capturedMinor: 1_000 });
    await expect(quantity(paying, 1)).rejects.toMatchObject({ code: "order_is_paid" });
    await edit(paying, { contact: requestOf(till.shop, []).contact });
    expect((await eventsOf(paying)).at(-1)).toBe("contact_changed");
  });

  test("lines that can't be sold are named, and nothing changes", async () => {
    const order = await draft();
    const lines = [
      { sku: order.sku, quantity: 1 },
      { sku: "no-such", quantity: 1 },
    ];
    await expect(edit(order, { lines })).rejects.toMatchObject({
      ...{ code: "unavailable_goods", faults: [{ field: "lines[1].sku" }] },
    });
    expect((await till.orderOf(order)).version).toBe(1);
  });
});
