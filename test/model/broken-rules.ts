import type { Verdict } from "../../src/orders/paying/judge-intent.ts";
import type { PaymentRow } from "../../src/orders/paying/payment-rows.ts";
import { productRules } from "./memory-books.ts";
import type { Rules } from "./memory-rows.ts";

/** Rules of the product with one fault each, as real shops had them, and what it brings about. */
export const brokenRules: Record<string, { rules: Rules; fault: RegExp }> = {
  "a judge that ignores money which comes late": {
    rules: judging({ verdict: (each) => ({ ...each, revive: false, refund: null }) }),
    fault: /is forgotten|is paid for twice/,
  },
  "a judge that keeps what comes besides, be the other money Stripe's or not": {
    rules: judging({
      verdict: (each) => (each.refund === "second_payment" ? { ...each, refund: null } : each),
    }),
    fault: /is paid for twice/,
  },
  "a judge that takes any amount": {
    rules: judging({
      intent: (row, amountMinor) => ({ ...row, amountMinor, orderTotalMinor: amountMinor }),
    }),
    fault: /is forgotten/,
  },
  "an order that gives its stock back before Stripe has cancelled": {
    rules: { ...productRules, asksFirst: false },
    fault: /gave its stock back while/,
  },
  "refunds without a guard": {
    rules: { ...productRules, mostToRefund: () => 10_000 },
    fault: /more is asked back than was captured/,
  },
  "a refund that is asked for under a new key each time": {
    rules: { ...productRules, keepsKeys: false },
    fault: /went back twice/,
  },
  "books that do not know their own refunds again": {
    rules: {
      ...productRules,
      judgeRefund: (payment, ...seen) =>
        productRules.judgeRefund({ ...payment, refunds: [] }, ...seen),
    },
    fault: /does not come to rest|has other refunds at Stripe/,
  },
};

/** The product's judgement, of altered rows or altered afterwards. */
function judging(change: {
  verdict?: (verdict: Verdict) => Verdict;
  intent?: (row: PaymentRow, capturedMinor: number) => PaymentRow;
}): Rules {
  return {
    ...productRules,
    judgeAll(rows, observations, ...rest) {
      const altered = [...rows].map(([id, row]): [string, PaymentRow] => {
        const { capturedMinor = 0 } = observations.get(id)?.intent ?? {};
        return [id, change.intent?.(row, capturedMinor) ?? row];
      });
      const verdicts = productRules.judgeAll(new Map(altered), observations, ...rest);
      return verdicts.map((each) => change.verdict?.(each) ?? each);
    },
  };
}
