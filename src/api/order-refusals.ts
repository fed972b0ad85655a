import { Refused } from "../errors.ts";
import type { OrderMoney } from "../orders/find-order.ts";
import type { OrderStatus } from "../orders/lifecycle.ts";
import type { Reader } from "./order-json.ts";

/** What the API itself refuses of orders, and what it keeps from guests. */

type Expirable = { status: OrderStatus; money?: OrderMoney };

/** An expired order is over for its guest, whose money may have come late; its shop may look. */
export function refuseExpired({ status, money }: Expirable, { isGuest }: Reader): void {
  if (!isGuest || status !== "expired") return;
  const sentence =
    money && money.capturedMinor > 0
      ? "The order had expired when your payment came. You get your money back in full."
      : "The order has expired, because nobody paid in time. Place a new one.";
  throw new Refused("order_expired", sentence);
}

export function needsSecretKey(): Refused {
  return new Refused(
    "adjustments_need_secret_key",
    "A publishable key may not set adjustments: leave them out, or use the shop's secret key.",
    [{ field: "adjustments", message: "Only with a secret key." }],
  );
}

/** Customers cancel all of an order, or ask the shop. */
export function onlyTheShop(): Refused {
  return new Refused("forbidden", "Only the shop may cancel some lines: leave lines out.", [
    { field: "lines", message: "Only with a secret key." },
  ]);
}

export function otherCurrency(currency: string): Refused {
  return new Refused("invalid_body", `This shop sells in ${currency}.`, [
    { field: "currency", message: `Must be ${currency}, or left out.` },
  ]);
}

/** Why goods can't be sold tells which of them exist: that is for the shop alone. */
export function withoutReasons(error: unknown): unknown {
  if (!(error instanceof Refused) || error.code !== "unavailable_goods") return error;
  const faults = error.faults.map(({ field }) => ({
    field,
    message: "This SKU is not sold here.",
  }));
  return new Refused(error.code, error.message, faults);
}
