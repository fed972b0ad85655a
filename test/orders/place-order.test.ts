import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Settings } from "../../src/config.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { findOrder } from "../../src/orders/find-order.ts";
import { useDatabase } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";
import {
  openShop,
  place,
  placed,
  requestOf,
  reserved,
  statusOf,
  stockOf,
  stockProduct,
  type TestShop,
} from "../support/shop.ts";

const database = useDatabase();
let db: Db;
let settings: Settings;
let shop: TestShop;

beforeAll(async () => {
  settings = testSettings(database.url);
  db = connect(settings, quiet);
  shop = await openShop(db);
  await stockProduct(db, "Mug-1", 10, 250);
  await stockProduct(db, "Bowl-1", 5, 1_000);
});
afterAll(() => db.destroy());

describe("placing an order", () => {
  test("writes it whole, priced by our catalogue, in one transaction", async () => {
    const lines = [
      { sku: "MUG-1", quantity: 2 },
      { sku: "Bowl-1", quantity: 1 },
    ];
    const adjustments = [{ kind: "shipping", name: "Parcel", amountMinor: 395 } as const];
    const [id] = await placed(db, settings, requestOf(shop, lines, { adjustments }));
    const order = await findOrder(db, id ?? "");
    expect(order).toMatchObject({
      status: "reserving",
      version: 2,
      totalMinor: 2 * 250 + 1_000 + 395,
      lines: [
        { sku: "mug-1", writtenSku: "Mug-1", quantity: 2, unitPriceMinor: 250 },
        { sku: "bowl-1", quantity: 1 },
      ],
      adjustments,
    });
    expect(order?.number).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    expect(order?.contact).not.toBeNull();
  });

  test("makes one order of a key that comes twice, also within one batch", async () => {
    const request = requestOf(shop, [{ sku: "mug-1", quantity: 1 }]);
    const first = await place(db, settings, request, request, request);
    const second = await place(db, settings, request);
    const ids = [...first, ...second].map((each) =>
      each.outcome === "placed" ? each.order.id : each.outcome === "replayed" && each.orderId,
    );
    expect(new Set(ids).size).toBe(1);
    expect(first.filter(({ outcome }) => outcome === "placed")).toHaveLength(1);
    expect(second[0]?.outcome).toBe("replayed");
  });

  test("refuses a key that comes back with another request", async () => {
    const request = requestOf(shop, [{ sku: "mug-1", quantity: 1 }]);
    await placed(db, settings, request);
    const other = { ...request, fingerprint: Buffer.from("another request") };
    const [answer] = await place(db, settings, other);
    expect(answer).toMatchObject({ outcome: "refused", error: { code: "idempotency_key_reused" } });
  });

  test("names every line at fault, spares the neighbours, and gives the key back", async () => {
    const key = randomUUID();
    const bad = requestOf(
      shop,
      [
        { sku: "mug-1", quantity: 1 },
        { sku: "ghost", quantity: 1 },
      ],
      {
        idempotencyKey: key,
      },
    );
    const good = requestOf(shop, [{ sku: "mug-1", quantity: 1 }]);
    const [refused, kept] = await place(db, settings, bad, good);
    expect(refused).toMatchObject({
      outcome: "refused",
      error: { code: "unavailable_goods", faults: [{ field: "lines[1].sku" }] },
    });
    expect(kept?.outcome).toBe("placed");
    const corrected = requestOf(shop, [{ sku: "mug-1", quantity: 1 }], { idempotencyKey: key });
    expect((await place(db, settings, corrected))[0]?.outcome).toBe("placed");
  });

  test("refuses a total that Stripe can't charge, and takes its very minimum", async () => {
    const off = (amountMinor: number) =>
      requestOf(shop, [{ sku: "mug-1", quantity: 1 }], {
        adjustments: [{ kind: "discount", name: "Off", amountMinor }],
      });
    const huge = requestOf(shop, [{ sku: "bowl-1", quantity: 1_000_000 }]);
    const answers = await place(db, settings, off(-250), off(-221), off(-220), huge);
    const code = "total_out_of_range";
    const message =
      "10000000.00 GBP is above Stripe's largest amount of 999999.99 GBP. Split the order.";
    expect(answers).toMatchObject([
      { outcome: "refused", error: { code, faults: tooLittle("0.00") } },
      { outcome: "refused", error: { code, faults: tooLittle("0.29") } },
      { outcome: "placed" },
      { outcome: "refused", error: { code, faults: [{ field: "lines", message }] } },
    ]);
  });
});

const whatToDo = "Add goods, or lower the discount.";
const tooLittle = (amount: string) => [
  {
    field: "adjustments",
    message: `${amount} GBP is below Stripe's minimum of 0.30 GBP. ${whatToDo}`,
  },
];

describe("reserving", () => {
  test("sums the same sku over an order's lines", async () => {
    await stockProduct(db, "Twice-1", 5);
    const twice = (quantity: number) => [
      { sku: "Twice-1", quantity },
      { sku: "TWICE-1", quantity },
    ];
    const [tooMuch, fits] = await reserved(
      db,
      settings,
      requestOf(shop, twice(3)),
      requestOf(shop, twice(2)),
    );
    expect(await statusOf(db, tooMuch ?? "")).toBe("rejected");
    expect(await statusOf(db, fits ?? "")).toBe("awaiting_payment");
    expect(await stockOf(db, "twice-1")).toEqual({ on_hand: 5, reserved: 4 });
  });

  test("holds all of an order's goods or none, and says what was short", async () => {
    await stockProduct(db, "Plenty-1", 100);
    await stockProduct(db, "Scarce-1", 1);
    const [id] = await reserved(
      db,
      settings,
      requestOf(shop, [
        { sku: "Plenty-1", quantity: 7 },
        { sku: "Scarce-1", quantity: 2 },
      ]),
    );
    expect(await stockOf(db, "plenty-1")).toEqual({ on_hand: 100, reserved: 0 });
    const event = await db
      .selectFrom("order_events")
      .select("detail")
      .where("order_id", "=", id ?? "")
      .where("event", "=", "stock_refused")
      .executeTakeFirstOrThrow();
    expect(event.detail).toEqual({
      shortages: [{ sku: "scarce-1", requested: 2, available: 1 }],
    });
  });

  test("never rejects an order that fits because a bigger neighbour did not", async () => {
    await stockProduct(db, "Shared-1", 10);
    const ids = await reserved(
      db,
      settings,
      ...[4, 50, 4, 2].map((quantity) => requestOf(shop, [{ sku: "Shared-1", quantity }])),
    );
    const statuses = await Promise.all(ids.map((id) => statusOf(db, id)));
    expect(statuses).toEqual([
      "awaiting_payment",
      "rejected",
      "awaiting_payment",
      "awaiting_payment",
    ]);
    expect(await stockOf(db, "shared-1")).toEqual({ on_hand: 10, reserved: 10 });
  });
});
