import { randomUUID } from "node:crypto";
import { inTransaction } from "../../../src/db/transaction.ts";
import { checkOutOrder } from "../../../src/orders/edits/check-out-order.ts";
import { editOrder } from "../../../src/orders/edits/edit-order.ts";
import type { PayingShop, Placed } from "../../support/paying.ts";

/** What customers do to their orders by themselves. */
export function guestAt(desk: PayingShop) {
  return {
    /** The customer wants so many of it after all. */
    async edit({ orderId, sku }: Placed, quantity = 1): Promise<void> {
      const { version } = await desk.orderOf({ orderId, sku });
      const request = {
        ...{ orderId, shopId: desk.shop.id, version, lines: [{ sku, quantity }] },
        ...{ adjustments: null, contact: null, locale: null, actor: "guest", isGuest: true },
      };
      await inTransaction(desk.db, (trx) => editOrder(trx, desk.settings, request));
    },
    async checkOut({ orderId }: Placed): Promise<void> {
      const request = {
        ...{ orderId, shopId: desk.shop.id, actor: "guest" },
        ...{ idempotencyKey: randomUUID(), fingerprint: Buffer.from(orderId) },
      };
      await inTransaction(desk.db, (trx) => checkOutOrder(trx, desk.settings, request));
    },
  };
}
