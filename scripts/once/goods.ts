import { cups, type Scenario } from "./scenario.ts";

/** Paid orders whose goods leave, stay after all, or come back. */
export const goodsScenarios: readonly Scenario[] = [
  {
    what: "shipped in two parcels, and one of two sent back",
    ends: ["completed"],
    money: ["partially_refunded"],
    async act(counter) {
      const order = await counter.order([cups(2)], { phone: "+447700900105" });
      await order.pay();
      await order.until("paid");
      await counter.ship(order, [cups()]);
      await counter.ship(order);
      await counter.takeBack(order, [cups()]);
      return [order];
    },
  },
  {
    what: "shipped in part, and the rest cancelled",
    ends: ["completed"],
    money: ["partially_refunded"],
    async act(counter) {
      const order = await counter.order([cups(3)]);
      await order.pay();
      await order.until("paid");
      await counter.ship(order, [cups(2)]);
      await order.cancel(counter.newKey(), { refund: "full", lines: [cups()] });
      await order.untilHappened("refund_succeeded");
      return [order];
    },
  },
  {
    what: "shipped in part, in Russian; the rest follows later",
    ends: ["fulfilling"],
    money: ["paid"],
    async act(counter) {
      const order = await counter.order([cups(2)], { locale: "ru" });
      await order.pay();
      await order.until("paid");
      await counter.ship(order, [cups()]);
      return [order];
    },
  },
];
