import { randomUUID } from "node:crypto";
import type { Settings } from "../../src/config.ts";
import type { Trx } from "../../src/db/transaction.ts";
import type { MovedOrder } from "../../src/orders/advance.ts";
import { cancelOrders } from "../../src/orders/cancel-order.ts";
import { shipOrders } from "../../src/orders/fulfilment/ship-orders.ts";
import { takeBack } from "../../src/orders/fulfilment/take-back.ts";
import type { Dice } from "../support/dice.ts";

/** What a shop wants of many orders in one batch, drawn by chance. Answers which were moved. */

type About = { random: Dice; shopId: string; skus: readonly string[] };
type Wish = (
  trx: Trx,
  settings: Settings,
  orderIds: readonly string[],
  about: About,
) => Promise<readonly MovedOrder[]>;

/** Unpaid and paid ones, whole or a line of them. */
export const cancelSome: Wish = async (trx, settings, orderIds, about) => {
  const wishes = orderIds.map((orderId) => ({
    ...{ ...wishOf(orderId, about), isGuest: false },
    refund: about.random.below(2) === 0 ? null : ("full" as const),
    lines: about.random.below(3) > 0 ? null : [{ sku: about.random.pick(about.skus), quantity: 1 }],
  }));
  return (await cancelOrders(trx, settings, wishes)).moved;
};

/** All that is left of some, and one line of others. */
export const shipSome: Wish = async (trx, settings, orderIds, about) => {
  const parcel = { carrier: "Van", trackingNumber: null, trackingUrl: null };
  const wishes = orderIds.map((orderId) => ({
    ...{ ...wishOf(orderId, about), ...parcel },
    lines:
      about.random.below(2) === 0 ? null : [{ sku: about.random.pick(about.skus), quantity: 1 }],
  }));
  return (await shipOrders(trx, settings, wishes)).moved;
};

export const takeSomeBack: Wish = async (trx, settings, orderIds, about) => {
  const wishes = orderIds.map((orderId) => ({
    ...{ ...wishOf(orderId, about), refund: "full" as const, note: null },
    lines: [{ sku: about.random.pick(about.skus), quantity: 1, restock: true }],
  }));
  return (await takeBack(trx, settings, wishes)).moved;
};

function wishOf(orderId: string, { shopId }: About) {
  const about = { orderId, shopId, idempotencyKey: randomUUID(), actor: "key:test" };
  return { ...about, fingerprint: Buffer.from(orderId) };
}
