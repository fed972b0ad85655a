import { lookAtDisputes, seenDispute } from "../../support/money-back.ts";
import { shippingAt } from "../../support/shipping.ts";
import type { Situation } from "./money-situations.ts";

/** What becomes of goods: nothing of it is wrong by itself. */
export const goodsSituations: Record<string, Situation> = {
  "a-part-is-shipped": {
    code: "nothing_wrong",
    async play(stage) {
      const order = await stage.sold();
      await shippingAt(stage.till).ship(order, 1);
      await stage.sendEverything(order);
      return order.orderId;
    },
  },
  "all-is-shipped-and-some-came-back": {
    code: "nothing_wrong",
    async play(stage) {
      const order = await stage.sold();
      const shipping = shippingAt(stage.till);
      await shipping.ship(order);
      await shipping.takeBack(order, 1, "none");
      await stage.sendEverything(order);
      return order.orderId;
    },
  },
  "disputed-after-shipping": {
    code: "dispute_open",
    async play(stage) {
      const order = await stage.sold();
      await shippingAt(stage.till).ship(order, 1);
      await lookAtDisputes(stage.db, stage.lookOf(order), seenDispute({}));
      await stage.sendEverything(order);
      return order.orderId;
    },
  },
};
