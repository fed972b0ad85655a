import type { CustomerOrder } from "../world/customer.ts";
import type { Counter, Line } from "./counter.ts";

/** One way that an order can go. */
export interface Scenario {
  what: string;
  /** How its orders end, in the order in which `act` answers them. */
  ends: readonly Ending[];
  /** How their money stands then, where that is not as the ends would have it. */
  money?: readonly MoneyStatus[];
  act(counter: Counter): Promise<CustomerOrder[]>;
}

export type Ending = "paid" | "fulfilling" | "completed" | "rejected" | "expired" | "cancelled";
type MoneyStatus = "unpaid" | "paid" | "partially_refunded" | "refunded" | "disputed";

export const cards = {
  declines: "pm_card_visa_chargeDeclined",
  hasNoFunds: "pm_card_visa_chargeDeclinedInsufficientFunds",
  asks: "pm_card_threeDSecure2Required",
  asksThenDeclines: "pm_card_threeDSecureRequiredChargeDeclined",
  bankDebit: "pm_usBankAccount_processing",
} as const;

export function cups(quantity = 1): Line {
  return { sku: "Cup", quantity };
}

/** Gives a card and waits until Aurora has heard what came of it. */
export async function tryCard(order: CustomerOrder, card: string, event: string): Promise<void> {
  await order.pay(card);
  await order.untilHappened(event);
}
