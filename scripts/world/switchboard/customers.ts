import { setTimeout as delay } from "node:timers/promises";
import type { CustomerOrder } from "../customer.ts";
import { exampleOrder } from "../first-order.ts";
import { missingMinor } from "./bank-answers.ts";
import type { StandInDesk } from "./stand-in-desk.ts";

/** How a customer behaves whose order is placed on the Switchboard. */
export interface Customer {
  id: string;
  label: string;
  happens: string;
  lines: readonly { sku: string; quantity: number }[];
  act(order: CustomerOrder, desk: StandInDesk): Promise<unknown>;
}

const lateSeconds = 15;
const { lines } = exampleOrder;

export const customers: readonly Customer[] = [
  {
    ...{ id: "pays", label: "Pays by card at once", lines },
    happens: "The usual way: stock is held, the card is charged, the mail is sent.",
    act: (order) => order.pay(),
  },
  {
    ...{ id: "pays_late", label: `Pays after ${lateSeconds} seconds`, lines },
    happens: "There is time to open the order's page and see it become paid.",
    act: async (order) => {
      await order.untilPayable();
      await delay(lateSeconds * 1_000, undefined, { ref: false });
      await order.pay();
    },
  },
  {
    ...{ id: "does_not_pay", label: "Does not pay", lines },
    happens: "The order waits until its hold ends; among the orders below it can still be paid.",
    act: (order) => order.untilPayable(),
  },
  {
    ...{ id: "declined", label: "Has a card that is declined", lines },
    happens: "The bank refuses the card; the customer may come back with another.",
    act: (order) => order.pay("pm_card_visa_chargeDeclined"),
  },
  {
    ...{ id: "asked_3ds", label: "Is asked for 3D Secure", lines },
    happens: "The bank asks the customer to confirm; below you answer for them.",
    act: (order) => order.pay("pm_card_threeDSecure2Required"),
  },
  {
    ...{ id: "bank_debit", label: "Pays by bank debit", lines },
    happens: "The payment is processing for days; below you say how it ends.",
    act: (order) => order.pay("pm_usBankAccount_processing"),
  },
  {
    ...{ id: "wrong_amount", label: "Pays a wrong amount", lines },
    happens: "Somebody takes 1.00 off the payment at Stripe, and the customer pays that.",
    act: async (order, desk) => {
      const intent = await order.untilPayable();
      if (!intent) return;
      await desk.changeIntent(intent, { amount: String(order.totalMinor - missingMinor) });
      await order.pay();
    },
  },
  {
    ...{ id: "pays_twice", label: "Pays twice", lines },
    happens: "A second payment of the same order appears at Stripe, and both are paid.",
    act: async (order, desk) => {
      await order.untilPayable();
      const first = (await desk.intentsOf(order.id)).at(-1);
      if (!first) return;
      const second = await desk.copyIntent(first);
      await order.pay();
      await order.until("paid");
      await desk.tell(`stripe/intents/${second}/pay`);
    },
  },
  {
    ...{ id: "disputes", label: "Pays, and disputes it", lines },
    happens: "The bank takes the money back at once and asks the shop for evidence.",
    act: (order) => order.pay("pm_card_createDispute"),
  },
  {
    ...{ id: "sold_out", label: "Wants what is sold out" },
    lines: [{ sku: "LAST-ONE", quantity: 1 }],
    happens: "The order is rejected at once, and no payment is begun.",
    act: (order) => order.until("rejected"),
  },
  {
    ...{ id: "only_one", label: "Wants the only one, and does not pay" },
    lines: [{ sku: "ONLY-ONE", quantity: 1 }],
    happens: "The last piece is held for them; whoever wants it after them finds it sold out.",
    act: (order) => order.untilPayable(),
  },
];
