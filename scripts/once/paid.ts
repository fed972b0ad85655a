import type { CustomerOrder } from "../world/customer.ts";
import type { Counter, Line, More } from "./counter.ts";
import { cards, cups, type Scenario, tryCard } from "./scenario.ts";

const pot = { sku: "POT-2", quantity: 1 };
const spoon = { sku: "SPOON", quantity: 1 };
const tea = { sku: "TEA-50", quantity: 6 };

/** Orders whose first card pays. */
const atOnce: { what: string; lines: Line[]; more?: More; card?: string }[] = [
  { what: "paid at once", lines: [cups()] },
  { what: "paid at once, by another card", lines: [cups(3)], card: "pm_card_mastercard" },
  { what: "paid at once, told by phone too", lines: [cups()], more: { phone: "+447700900101" } },
  { what: "paid at once, in Russian", lines: [cups(2)], more: { locale: "ru" } },
  { what: "several lines", lines: [cups(), pot, tea] },
  { what: "the same SKU twice", lines: [cups(2), spoon, cups(3)] },
  { what: "the same SKU in another case", lines: [cups(), { sku: "cUP", quantity: 1 }] },
  {
    what: "with shipping and a discount",
    lines: [cups()],
    more: {
      adjustments: [
        { kind: "shipping", name: "Parcel", amountMinor: 490 },
        { kind: "discount", name: "Welcome", amountMinor: -100 },
      ],
    },
  },
];

/** Orders that are paid after something else, and what that is. */
const inTheEnd: Record<string, (order: CustomerOrder) => Promise<void>> = {
  async "declined, then paid"(order) {
    await tryCard(order, cards.declines, "payment_declined");
    await order.pay();
  },
  async "3-D Secure, then paid"(order) {
    await tryCard(order, cards.asks, "payment_action_required");
    await order.answer("authenticate");
  },
  async "3-D Secure failed, then paid by another card"(order) {
    await tryCard(order, cards.asks, "payment_action_required");
    await order.answer("fail_authentication");
    await order.pay();
  },
  async "3-D Secure passed, declined, then paid"(order) {
    await tryCard(order, cards.asksThenDeclines, "payment_action_required");
    await order.answer("authenticate");
    await order.untilHappened("payment_declined");
    await order.pay();
  },
  async "a bank debit that settles later"(order) {
    await tryCard(order, cards.bankDebit, "payment_processing");
    await order.answer("pay");
  },
  async "a bank debit that fails, then paid by card"(order) {
    await tryCard(order, cards.bankDebit, "payment_processing");
    await order.answer("decline");
    await order.untilHappened("payment_declined");
    await order.pay();
  },
};

export const paidScenarios: readonly Scenario[] = [
  ...Object.entries(inTheEnd).map(([what, pay]) =>
    paid(what, async (counter) => {
      const order = await counter.order([cups()]);
      await pay(order);
      return order;
    }),
  ),
  ...atOnce.map(({ what, lines, more, card }) =>
    paid(what, async (counter) => {
      const order = await counter.order(lines, more);
      await order.pay(card);
      return order;
    }),
  ),
  paid("sent twice at once with one key", async (counter) => {
    const order = await counter.orderTwice([cups()]);
    await order.pay();
    return order;
  }),
];

function paid(what: string, buy: (counter: Counter) => Promise<CustomerOrder>): Scenario {
  return { what, ends: ["paid"], act: async (counter) => [await buy(counter)] };
}
