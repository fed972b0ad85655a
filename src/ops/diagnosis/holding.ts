import type { OrderFact, OrderFacts } from "../facts/facts.ts";
import { requeue } from "./jobs.ts";
import { healsWithin } from "./patience.ts";
import { capturedPayments, livePayment } from "./payments.ts";
import type { Finding } from "./rule.ts";
import { ageOf, duration, lastEvent, named, plainReason, total } from "./words.ts";

/** Goods are held for an order whose time is over. */
export function holdOverdue(facts: OrderFacts): Finding | null {
  const { order, holdMaxMinutes } = facts;
  if (order.status !== "awaiting_payment" || order.expiresAt === null) return null;
  // Money that does not match is another matter, and money on its way has a time of its own.
  if (capturedPayments(facts).length > 0) return null;
  if (livePayment(facts)?.status === "processing") return null;
  const end = endOf(order, order.expiresAt, holdMaxMinutes);
  const late = ageOf(facts, end);
  if (late <= healsWithin) return null;
  const why = order.lastError ? ` ${plainReason(order.lastError)}` : "";
  const longest = duration(holdMaxMinutes * 60);
  return {
    code: "hold_overdue",
    severity: "problem",
    sentence: [
      `${named(facts)} of ${total(facts)} should have ended ${duration(late)} ago, and`,
      `still holds ${goodsOf(facts)}.${why}`,
    ].join(" "),
    evidence: [
      order.closing === null
        ? { what: "The customer's time to pay was over.", at: end }
        : { what: `The longest time that goods are held was over (${longest}).`, at: end },
      ...(order.lastError ? [{ what: order.lastError, at: order.failingSince }] : []),
    ],
    since: end,
    atStakeMinor: order.totalMinor,
    advice: [
      { act: "release_hold", input: {} },
      { act: "check", input: {} },
    ],
  };
}

/** When the order should have ended: one that is closing waits for Stripe, but not for ever. */
function endOf({ closing, heldAt }: OrderFact, expiresAt: Date, holdMaxMinutes: number): Date {
  if (closing === null || heldAt === null) return expiresAt;
  return new Date(Math.max(heldAt.getTime() + holdMaxMinutes * 60_000, expiresAt.getTime()));
}

/** The order's payment is being shut, before its goods are given away. */
export function closingUnderWay(facts: OrderFacts): Finding | null {
  const { order } = facts;
  if (order.closing === null) return null;
  const since = lastEvent(facts, "closing")?.at ?? order.expiresAt ?? order.placedAt;
  const why = order.lastError ? ` Stripe's last answer: ${plainReason(order.lastError)}` : "";
  const isEdited = order.closing === "edited";
  const end = order.closing === "expired" ? "its time is over" : "it was cancelled";
  const what = isEdited ? "is being changed, as was asked for" : `is being closed, since ${end}`;
  const until = isEdited ? "as it was before" : "any more";
  return {
    code: "closing_under_way",
    severity: "waiting",
    sentence: [
      `${named(facts)} of ${total(facts)} ${what}. Stripe has to`,
      `confirm that nobody can pay it ${until}.${why}`,
    ].join(" "),
    evidence: [
      { what: `Its payment has been closing for ${duration(ageOf(facts, since))}.`, at: since },
    ],
    since,
    atStakeMinor: order.totalMinor,
    advice: [...requeue(facts, order.id)],
  };
}

/** The order waits for its goods to be held. */
export function stockNotReserved(facts: OrderFacts): Finding | null {
  const { order } = facts;
  if (order.status !== "reserving") return null;
  const since = lastEvent(facts, "checked_out")?.at ?? order.placedAt;
  const age = ageOf(facts, since);
  const why = order.lastError ? ` ${plainReason(order.lastError)}` : "";
  return {
    code: "stock_not_reserved",
    severity: age > healsWithin ? "problem" : "waiting",
    sentence: [
      `${named(facts)} of ${total(facts)} has waited for its stock for`,
      `${duration(age)}.${why}`,
    ].join(" "),
    evidence: [{ what: "The customer ordered, and nothing was held or refused since.", at: since }],
    since,
    atStakeMinor: order.totalMinor,
    advice: [...requeue(facts, order.id)],
  };
}

/** The goods were not there. */
export function outOfStock(facts: OrderFacts): Finding | null {
  if (facts.order.status !== "rejected") return null;
  const refused = lastEvent(facts, "stock_refused");
  const shortages = (refused?.detail["shortages"] ?? []) as Shortage[];
  const short = shortages.map(({ sku, requested, available }) => {
    return `${requested} of ${sku} were wanted, ${available} were there`;
  });
  return {
    code: "out_of_stock",
    severity: "fine",
    sentence: [
      `${named(facts)} was turned down:`,
      `${short.join("; ") || "its goods were not there"}. No money moved.`,
    ].join(" "),
    evidence: [{ what: "The stock was refused.", at: refused?.at ?? null }],
    since: refused?.at ?? null,
    atStakeMinor: 0,
  };
}

type Shortage = { sku: string; requested: number; available: number };

function goodsOf({ holds }: OrderFacts): string {
  const held = holds.filter(({ status }) => status === "held");
  const count = held.reduce((sum, { quantity }) => sum + quantity, 0);
  return `${count} piece${count === 1 ? "" : "s"} of stock`;
}
