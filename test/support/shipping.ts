import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Settings } from "../../src/config.ts";
import type { Db } from "../../src/db/connect.ts";
import type { Trx } from "../../src/db/transaction.ts";
import type { HoldStatus } from "../../src/inventory/lifecycle.ts";
import type { KeyedOutcome } from "../../src/orders/act-once.ts";
import { type CancelRequest, cancelOrders } from "../../src/orders/cancel-order.ts";
import { type ShipRequest, shipOrders } from "../../src/orders/fulfilment/ship-orders.ts";
import { type ReturnRequest, takeBack } from "../../src/orders/fulfilment/take-back.ts";
import { patiently } from "./money-back.ts";

/** Goods that leave the house, are cancelled and come back, by the shop's hand. */

type Order = { orderId: string; sku: string };
type Desk = { db: Db; settings: Settings; shop: { id: string } };

/** One product of an order is shipped, cancelled or returned: `quantity` of it, null for all. */
export function shippingAt(desk: Desk) {
  const about = ({ orderId }: Order, wish: object) => ({
    ...{ orderId, shopId: desk.shop.id, actor: "key:test", idempotencyKey: randomUUID() },
    fingerprint: Buffer.from(JSON.stringify(wish)),
  });

  const shipWish = (
    order: Order,
    quantity: number | null = null,
    more: Partial<ShipRequest> = {},
  ): ShipRequest => ({
    ...about(order, { quantity }),
    lines: quantity === null ? null : [{ sku: order.sku, quantity }],
    ...{ carrier: "Royal Mail", trackingNumber: "RM1", trackingUrl: null },
    ...more,
  });
  const cancelWish = (
    order: Order,
    quantity: number | null,
    refund: CancelRequest["refund"],
    more: Partial<CancelRequest> = {},
  ): CancelRequest => ({
    ...about(order, { quantity, refund }),
    lines: quantity === null ? null : [{ sku: order.sku, quantity }],
    ...{ refund, isGuest: false },
    ...more,
  });
  const returnWish = (
    order: Order,
    quantity: number,
    refund: ReturnRequest["refund"] = "full",
    more: Partial<ReturnRequest> & { restock?: boolean } = {},
  ): ReturnRequest => {
    const { restock = true, ...rest } = more;
    const wish = { ...about(order, { quantity, refund, restock }), refund, note: null };
    return { ...wish, lines: [{ sku: order.sku, quantity, restock }], ...rest };
  };

  const doing =
    <Wish>(act: (trx: Trx, wish: Wish) => Promise<string>) =>
    (wish: Wish): Promise<string> =>
      patiently(desk.db, (trx) => act(trx, wish));
  const within = {
    ship: async (trx: Trx, wish: ShipRequest) =>
      wordOf((await shipOrders(trx, desk.settings, [wish])).results[0]),
    cancel: async (trx: Trx, wish: CancelRequest) => {
      const [result] = (await cancelOrders(trx, desk.settings, [wish])).results;
      return result?.outcome === "refused" ? result.error.code : (result?.outcome ?? "nothing");
    },
    takeBack: async (trx: Trx, wish: ReturnRequest) =>
      wordOf((await takeBack(trx, desk.settings, [wish])).results[0]),
  };

  return {
    ...{ shipWish, cancelWish, returnWish, within },
    /** Each answers in a word: done, replayed, or the code of the refusal. */
    ship: (...wish: Parameters<typeof shipWish>) => doing(within.ship)(shipWish(...wish)),
    cancel: (...wish: Parameters<typeof cancelWish>) => doing(within.cancel)(cancelWish(...wish)),
    takeBack: (...wish: Parameters<typeof returnWish>) =>
      doing(within.takeBack)(returnWish(...wish)),
    holdsOf: (order: Order) => holdsOf(desk.db, order),
    returnedOf: (order: Order) => returnedOf(desk.db, order),
    movementsOf: (order: Order) => movementsOf(desk.db, order),
  };
}

function wordOf(result: KeyedOutcome | undefined): string {
  if (result?.outcome === "refused") return result.error.code;
  return result?.replayed ? "replayed" : "done";
}

/** How much of its product an order holds in each status. */
async function holdsOf(db: Db, { orderId }: Order): Promise<Partial<Record<HoldStatus, number>>> {
  const { rows } = await sql<{ status: HoldStatus; quantity: number }>`
    SELECT status, sum(quantity)::integer AS quantity FROM holds
    WHERE order_id = ${orderId} GROUP BY 1`.execute(db);
  return Object.fromEntries(rows.map(({ status, quantity }) => [status, quantity]));
}

/** How many pieces came back, and how many of them are for sale again. */
async function returnedOf(db: Db, { orderId }: Order) {
  const { rows } = await sql<{ returned: number; restocked: number }>`
    SELECT coalesce(sum(quantity), 0)::integer AS returned,
      coalesce(sum(quantity) FILTER (WHERE restock), 0)::integer AS restocked
    FROM return_lines JOIN returns ON id = return_id WHERE order_id = ${orderId}`.execute(db);
  return rows[0] ?? { returned: 0, restocked: 0 };
}

/** What moved a product, but for what came in first: kind, and by how much both counters. */
async function movementsOf(db: Db, { sku }: Order): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`
    SELECT concat_ws(' ', kind, on_hand_delta, reserved_delta) AS text FROM stock_movements
    WHERE sku = ${sku} AND kind <> 'receive' ORDER BY id`.execute(db);
  return rows.map(({ text }) => text);
}
