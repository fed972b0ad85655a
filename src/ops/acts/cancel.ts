import { z } from "zod";
import { Refused } from "../../errors.ts";
import { fingerprints } from "../../fingerprint.ts";
import { formatMoney } from "../../notifications/format.ts";
import { cancelOrders } from "../../orders/cancel-order.ts";
import { keptOf } from "../../orders/refunds/kept-money.ts";
import { bySku, worthOf } from "../../orders/refunds/refund-lines.ts";
import { owedFor } from "../../orders/refunds/worth.ts";
import type { OrderFacts } from "../facts/facts.ts";
import { type Act, type Done, impossible, type Plan, possible } from "./act.ts";
import { cancelledOf, saleOf } from "./goods-worth.ts";
import { disputeOf, elsewhere, moneyOf, refundablesOf } from "./money-standing.ts";
import { notPayable } from "./standing.ts";

export const refundChoice = z
  .enum(["full", "none"], "Must be full or none.")
  .nullable()
  .default(null)
  .meta({
    title: "Money",
    description: "What becomes of a paid order's money: full gives it back, none keeps it.",
  });
const input = z.strictObject({ refund: refundChoice });
type Input = z.output<typeof input>;

/** Cancels an order: an unpaid one through Stripe, a paid one with what is said of its money. */
export const cancel: Act<Input> = {
  name: "cancel",
  title: "Cancel the order",
  summary: "Cancels the order and frees its goods; of a paid one, says what becomes of the money.",
  leastRole: "operator",
  role: () => "operator",
  input,
  plan: planCancel,
  async perform(trx, { settings, serverKey }, call, { order }): Promise<Done> {
    const { orderId, actor, idempotencyKey: key, input } = call;
    const request = {
      ...{ orderId, shopId: order.shopId, actor, refund: input.refund, isGuest: false },
      idempotencyKey: `act:${actor}:${key}`,
      fingerprint: fingerprints(serverKey)({ cancel: orderId, ...input }),
    };
    const { results, ...advanced } = await cancelOrders(trx, settings, [request]);
    const [result] = results;
    if (!result) throw new Refused("order_not_found", "There is no such order. Check its id.");
    if (result.outcome === "refused") throw result.error;
    const sentence = sentences[order.status === "fulfilling" ? "rest" : result.outcome];
    return { ...advanced, sentence, outcome: { state: result.outcome } };
  },
};

const sentences = {
  cancelled: "The order is cancelled, and its goods are free.",
  closing: "The order is being cancelled: it ends once Stripe confirms that nobody can pay.",
  rest: "What was not shipped is cancelled and free again. The order is completed.",
};

export function planCancel(facts: OrderFacts, { refund }: Input): Plan {
  switch (facts.order.status) {
    case "draft":
    case "reserving":
    case "rejected":
      return possible("The order is cancelled at once. The customer gets a mail.");
    case "awaiting_payment":
      return notPayable(facts) ?? unpaid(facts);
    case "paid":
      return planPaid(facts, refund);
    case "fulfilling":
      return planPaid(facts, refund);
    case "completed":
      return impossible(
        "nothing_to_ship",
        "Every line is shipped or cancelled. The shop's program takes goods back by a return.",
      );
    case "expired":
      return impossible("order_expired", "The order has expired: there is nothing to cancel.");
    case "cancelled":
      return impossible("already_cancelled", "The order is cancelled already.");
  }
}

function unpaid({ payments }: OrderFacts): Plan {
  const tells = "Its goods are free again, and the customer gets a mail.";
  if (!payments.some(({ secretStoredAt, dueAt }) => secretStoredAt && dueAt)) {
    return possible("The order is cancelled at once.", tells);
  }
  return possible(
    "Stripe is asked to shut the payment first: if the customer is faster, the order is paid.",
    `Once Stripe confirms, the order is cancelled. ${tells}`,
  );
}

function planPaid(facts: OrderFacts, refund: Input["refund"]): Plan {
  if (refund === null) {
    return impossible(
      "order_is_paid",
      'The order is paid: say what becomes of its money, {"refund": "full"} or {"refund": "none"}.',
    );
  }
  const ships = facts.order.status === "fulfilling";
  const ends = ships
    ? "What is not shipped yet is cancelled and free again. The customer gets a mail."
    : "The order is cancelled and its goods are free again. The customer gets a mail.";
  if (refund === "none") return possible(ends, "The money stays with the shop.");
  const taken = refundablesOf(facts);
  for (const one of taken) {
    const refused = elsewhere(one) ?? disputeOf(facts, one.payment);
    if (refused) return refused;
  }
  if (ships) return possible(ends, restGoesBack(facts, taken[0]?.leftMinor ?? 0));
  const left = taken.filter(({ leftMinor }) => leftMinor > 0);
  if (left.length === 0) return possible(ends, "All money went back before.");
  const kept = keptOf(
    saleOf(facts),
    cancelledOf(facts),
    left.map(({ leftMinor }) => leftMinor),
  );
  const back = left
    .map((one, index) => ({ ...one, leftMinor: one.leftMinor - (kept[index] ?? 0) }))
    .filter(({ leftMinor }) => leftMinor > 0);
  const sentence = `${back.length > 0 ? back.map(moneyOf).join(" and ") : "Nothing"} goes back`;
  if (kept.every((minor) => minor === 0)) return possible(ends, `${sentence}.`);
  return possible(ends, `${sentence}; what was kept for goods cancelled before stays.`);
}

/** Of an order that ships: what the goods are worth that are not shipped, as far as it is left. */
function restGoesBack(facts: OrderFacts, leftMinor: number): string {
  const { shipments, cancelled } = facts.fulfilment;
  const gone = bySku([...shipments.flatMap(({ lines }) => lines), ...cancelled]);
  const rest = bySku(facts.lines).map(({ sku, quantity }) => ({
    ...{ sku, quantity: quantity - (gone.find((line) => line.sku === sku)?.quantity ?? 0) },
  }));
  const amountMinor = Math.min(worthOf(owedFor(saleOf(facts), rest)), leftMinor);
  if (amountMinor <= 0) return "The money for these goods went back before.";
  const amount = formatMoney(amountMinor, facts.order.currency, "en");
  return `${amount} goes back: what these goods are worth, without shipping costs.`;
}
