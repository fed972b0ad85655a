import { randomUUID } from "node:crypto";
import { inTransaction } from "../../src/db/transaction.ts";
import { shipOrders } from "../../src/orders/fulfilment/ship-orders.ts";
import { takeBack } from "../../src/orders/fulfilment/take-back.ts";
import type { ReturnWish } from "./books.ts";
import { jobsOf, type Place } from "./postgres-place.ts";

/** Goods that leave the house and come back, by the product's own functions. */
export function goodsIn({ db, settings, shop, sku }: Place) {
  return {
    async ship(orderId: string, quantity: number | null) {
      const about = { orderId, shopId: shop.id, idempotencyKey: randomUUID(), actor: "key:test" };
      const parcel = { carrier: "Van", trackingNumber: null, trackingUrl: null };
      const lines = quantity === null ? null : [{ sku, quantity }];
      const wish = { ...about, ...parcel, fingerprint: Buffer.from(orderId), lines };
      return jobsOf(await inTransaction(db, (trx) => shipOrders(trx, settings, [wish])));
    },
    async takeBack({ orderId, quantity, restock, refund }: ReturnWish) {
      const about = { orderId, shopId: shop.id, idempotencyKey: randomUUID(), actor: "key:test" };
      const lines = [{ sku, quantity, restock }];
      const wish = { ...about, fingerprint: Buffer.from(orderId), lines, refund, note: null };
      return jobsOf(await inTransaction(db, (trx) => takeBack(trx, settings, [wish])));
    },
  };
}
