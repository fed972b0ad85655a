import { cards, cups, type Scenario, tryCard } from "./scenario.ts";

const late = { sku: "LATE-ONE", quantity: 1 };

/** Paid by a bank debit that arrives when the order is over: its hold must run out first. */
export const lateScenarios: readonly Scenario[] = [
  {
    what: "paid too late, and revived",
    ends: ["paid"],
    async act(counter) {
      const order = await counter.order([cups()]);
      await tryCard(order, cards.bankDebit, "payment_processing");
      await order.until("expired");
      await order.answer("pay");
      await order.until("paid");
      return [order];
    },
  },
  {
    what: "paid too late for the last one, which somebody else has",
    ends: ["expired", "paid"],
    money: ["refunded", "paid"],
    async act(counter) {
      const first = await counter.order([late]);
      await tryCard(first, cards.bankDebit, "payment_processing");
      await first.until("expired");
      const second = await counter.order([late]);
      await second.pay();
      await first.answer("pay");
      await first.untilHappened("refund_succeeded");
      return [first, second];
    },
  },
];

/** Paid orders whose money goes back, or is taken back. */
export const moneyBackScenarios: readonly Scenario[] = [
  {
    what: "paid, then refunded",
    ends: ["paid"],
    money: ["refunded"],
    async act(counter) {
      const order = await counter.order([cups(2)], { phone: "+447700900103" });
      await order.pay();
      await order.until("paid");
      await counter.refund(order);
      return [order];
    },
  },
  {
    what: "paid, then one of two refunded, in Russian",
    ends: ["paid"],
    money: ["partially_refunded"],
    async act(counter) {
      const order = await counter.order([cups(2)], { locale: "ru" });
      await order.pay();
      await order.until("paid");
      await counter.refund(order, { lines: [cups()] });
      return [order];
    },
  },
  {
    what: "paid, then cancelled by its customer",
    ends: ["cancelled"],
    money: ["refunded"],
    async act(counter) {
      const order = await counter.order([cups(2)], { phone: "+447700900104" });
      await order.pay();
      await order.until("paid");
      await order.cancel(counter.newKey(), { refund: "full" });
      await order.untilHappened("refund_succeeded");
      return [order];
    },
  },
  {
    what: "paid, then disputed at the bank",
    ends: ["paid"],
    money: ["disputed"],
    async act(counter) {
      const order = await counter.order([cups()]);
      await order.pay();
      await order.until("paid");
      await order.answer("dispute");
      await order.untilHappened("dispute_opened");
      return [order];
    },
  },
];
