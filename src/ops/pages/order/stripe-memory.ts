import type { StripeRecord } from "../../facts/money-facts.ts";

/** Pages that are brought up to date again and again must not ask Stripe each time. */
const goodForMs = 10_000;
const mostOrders = 200;

type Remembered = { seen: string; record: StripeRecord; at: number };

/**
 * What Stripe said of an order a moment ago, as long as nothing has changed here since: our
 * record of now must not be compared with an answer of before.
 */
export type StripeMemory = {
  recall(orderId: string, seen: string): StripeRecord | null;
  keep(orderId: string, seen: string, record: StripeRecord): void;
};

export function stripeMemory(now: () => number = () => performance.now()): StripeMemory {
  const known = new Map<string, Remembered>();
  return {
    recall(orderId, seen) {
      const last = known.get(orderId);
      const isGood = last?.seen === seen && now() - last.at < goodForMs;
      return isGood ? last.record : null;
    },
    keep(orderId, seen, record) {
      if (record.state !== "answered") return;
      known.delete(orderId);
      if (known.size >= mostOrders) known.delete(known.keys().next().value ?? "");
      known.set(orderId, { seen, record, at: now() });
    },
  };
}
