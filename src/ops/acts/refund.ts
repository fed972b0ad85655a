import { z } from "zod";
import { refundFault } from "../../currencies.ts";
import { Refused } from "../../errors.ts";
import { fingerprints } from "../../fingerprint.ts";
import { formatMoney } from "../../notifications/format.ts";
import { judgeLines, worthOf } from "../../orders/refunds/refund-lines.ts";
import { refundOrders } from "../../orders/refunds/refund-order.ts";
import { refundReasons } from "../../orders/refunds/refund-reasons.ts";
import type { OrderFacts } from "../facts/facts.ts";
import { type Act, type Done, impossible, type Plan, possible } from "./act.ts";
import { saleOf } from "./goods-worth.ts";
import { disputeOf, refundablesOf } from "./money-standing.ts";

const mostLines = 1_000;
const mostNote = 500;
const line = z.strictObject({
  sku: z.string().min(1, "Must name a SKU."),
  quantity: z.int("Must be a whole number.").min(1, "Must be at least 1."),
});
const input = z.strictObject({
  paymentId: z.uuid("Must be the id of one of the order's payments.").optional().meta({
    title: "Payment",
    description: "Which payment it is of. Left out: the one that can best give money back.",
  }),
  amountMinor: z
    .int("Must be a whole number of minor units.")
    .min(1, "Must be at least 1.")
    .optional()
    .meta({
      title: "Amount",
      description: "In minor units. Left out: what the lines are worth, else all that is left.",
    }),
  lines: z
    .array(line, "Must be a list of lines.")
    .min(1, "Must have at least one line.")
    .max(mostLines, `Must have at most ${mostLines} lines.`)
    .optional()
    .meta({
      title: "Lines",
      description:
        "The goods that it is for, at their price with their share of discounts and taxes. None " +
        "is refunded twice.",
    }),
  reason: z
    .enum(refundReasons, `Must be one of ${refundReasons.join(", ")}.`)
    .meta({ title: "Why", description: "The customer's mail tells it, but fraudulent and other." }),
  note: z
    .string()
    .trim()
    .max(mostNote, `Must have at most ${mostNote} characters.`)
    .optional()
    .meta({ title: "Note", description: "For the shop; customers don't see it." }),
});
type Input = z.output<typeof input>;

/** Gives money back, whole or in part, never more than was taken. */
export const refund: Act<Input> = {
  name: "refund",
  title: "Refund",
  summary: "Gives money back, whole or in part.",
  leastRole: "operator",
  role: () => "operator",
  // No supplier confirms what was given back by hand.
  roleHere(facts, input) {
    const reference = refundableOf(facts, input)?.payment.reference ?? null;
    return reference === null ? "operator" : "admin";
  },
  input,
  plan: planRefund,
  async perform(trx, { settings, serverKey }, call, { order }): Promise<Done> {
    const { orderId, actor, idempotencyKey: key, input } = call;
    const request = {
      ...{ orderId, shopId: order.shopId, actor, reason: input.reason },
      // Of its own kind: a shop's key can't be taken for an operator's.
      idempotencyKey: `act:${actor}:${key}`,
      fingerprint: fingerprints(serverKey)({ refund: orderId, ...input }),
      paymentId: input.paymentId ?? null,
      amountMinor: input.amountMinor ?? null,
      lines: input.lines ?? null,
      note: input.note || null,
      byHand: true,
    };
    const { results, ...advanced } = await refundOrders(trx, settings, [request]);
    const [result] = results;
    if (!result || result.outcome === "refused") throw result?.error ?? new Error("No refund.");
    const { refundId } = result;
    const sentence = advanced.hints.length > 0 ? askedSentence : byHandSentence;
    return { ...advanced, sentence, subject: refundId, outcome: { refundId } };
  },
};

const askedSentence = "The refund is on record: Stripe is asked right away. The customer is told.";
const byHandSentence =
  "It is on record that this money was given back by other means. Stripe is not asked.";

function refundableOf(facts: OrderFacts, { paymentId }: Pick<Input, "paymentId">) {
  const all = refundablesOf(facts);
  return all.find(({ payment }) => paymentId === undefined || payment.id === paymentId);
}

function planRefund(facts: OrderFacts, { paymentId, amountMinor, lines }: Input): Plan {
  const most = refundableOf(facts, { paymentId });
  if (!most && refundablesOf(facts).length > 0) {
    const because = "The order has no such payment, or no money of it came. Look at its payments.";
    return impossible("payment_not_captured", because);
  }
  if (!most) {
    const because = "No money was taken for this order: cancel it, or release its hold, instead.";
    return impossible("order_not_paid", because);
  }
  const { payment, leftMinor } = most;
  const refused = disputeOf(facts, payment);
  if (refused) return refused;
  if (leftMinor <= 0) {
    return impossible("nothing_left_to_refund", "All of the money has been given back already.");
  }
  const currency = payment.capturedCurrency ?? payment.currency;
  const left = formatMoney(leftMinor, currency, "en");
  const goods = lines && judgeLines(saleOf(facts), lines);
  if (goods instanceof Refused) {
    const faults = goods.faults.map(({ message }) => message).join(" ");
    return impossible(goods.code, `${goods.message} ${faults}`);
  }
  const wanted = amountMinor ?? (goods ? worthOf(goods) : leftMinor);
  if (wanted === 0) return impossible("nothing_left_to_refund", "These goods cost nothing.");
  if (wanted > leftMinor) {
    return impossible("refund_too_large", `At most ${left} can still be given back.`);
  }
  const uneven = refundFault(wanted, currency);
  if (uneven !== null) return impossible("refund_uneven", uneven);
  const what = formatMoney(wanted, currency, "en");
  if (payment.reference !== null) return byHand(`${what} of ${left}`);
  return possible(
    `${what} of ${left} that can be given back goes back through Stripe.`,
    "The customer gets a mail. The order stays as it is: to free its goods, cancel it.",
  );
}

/** Aurora moves no money that Stripe never had: a person does, and says so. */
function byHand(amount: string): Plan {
  return possible(
    `${amount} goes on record as given back. It did not come through Stripe: give it back the ` +
      "way it came (see its reference).",
    "Nobody else moves this money, and the customer gets no mail. The order stays as it is: to " +
      "free its goods, cancel it.",
  );
}
