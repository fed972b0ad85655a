import { cards, cups, type Scenario, tryCard } from "./scenario.ts";

const { declines, hasNoFunds, asks } = cards;

/** Orders that nobody pays in time. Their hold must run out: they take longest. */
export const expiringScenarios: readonly Scenario[] = [
  { what: "abandoned", card: undefined, event: "payment_started" },
  { what: "abandoned after a decline", card: hasNoFunds, event: "payment_declined" },
  { what: "abandoned in 3-D Secure", card: asks, event: "payment_action_required" },
].map(({ what, card, event }) => ({
  what,
  ends: ["expired"],
  async act(counter) {
    const order = await counter.order([cups(2)]);
    if (card) await tryCard(order, card, event);
    return [order];
  },
}));

/** Orders that their customers give up. */
export const cancelledScenarios: readonly Scenario[] = [
  { what: "cancelled at once", card: undefined, event: undefined },
  { what: "cancelled through Stripe", card: undefined, event: "payment_started" },
  { what: "cancelled after a decline", card: declines, event: "payment_declined" },
  { what: "cancelled in 3-D Secure", card: asks, event: "payment_action_required" },
].map(({ what, card, event }) => ({
  what,
  ends: ["cancelled"],
  async act(counter) {
    const order = await counter.order([cups(2)], { phone: "+447700900102" });
    if (card) await order.pay(card);
    if (event) await order.untilHappened(event);
    await order.cancel(counter.newKey());
    return [order];
  },
}));

/** Orders for more than there is. */
export const rejectedScenarios: readonly Scenario[] = [
  {
    what: "out of stock",
    ends: ["rejected"],
    act: async (counter) => [await counter.order([{ sku: "SOLD-OUT", quantity: 1 }])],
  },
  {
    what: "more than there is, summed over its lines",
    ends: ["rejected"],
    async act(counter) {
      const rare = { sku: "RARE", quantity: 2 };
      return [await counter.order([rare, cups(), rare])];
    },
  },
  {
    what: "the last one, for the first of two",
    ends: ["paid", "rejected"],
    async act(counter) {
      const last = [{ sku: "LAST-ONE", quantity: 1 }];
      const first = await counter.order(last);
      await first.untilPayable();
      const second = await counter.order(last);
      await first.pay();
      return [first, second];
    },
  },
  {
    what: "out of stock, then given up",
    ends: ["cancelled"],
    async act(counter) {
      const order = await counter.order([{ sku: "SOLD-OUT", quantity: 2 }]);
      await order.until("rejected");
      await order.cancel(counter.newKey());
      return [order];
    },
  },
];
