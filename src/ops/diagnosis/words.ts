import { formatMoney } from "../../notifications/format.ts";
import type { EventFact, OrderFacts } from "../facts/facts.ts";

/** An amount as people write it. */
export function money(amountMinor: number, currency: string): string {
  return formatMoney(amountMinor, currency, "en");
}

/** The order's total. */
export function total({ order }: OrderFacts): string {
  return money(order.totalMinor, order.currency);
}

/** The order as a sentence begins with it. */
export function named({ order }: OrderFacts): string {
  return `Order ${order.number}`;
}

const steps = [
  { seconds: 24 * 3_600, name: "day" },
  { seconds: 3_600, name: "hour" },
  { seconds: 60, name: "minute" },
] as const;

/** A length of time in its largest whole unit, such as "12 minutes". */
export function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 2) return "a moment";
  const step = steps.find((each) => whole >= each.seconds);
  const [count, name] = step ? [Math.floor(whole / step.seconds), step.name] : [whole, "second"];
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** How long ago a moment was, in seconds. */
export function ageOf({ now }: OrderFacts, at: Date): number {
  return (now.getTime() - at.getTime()) / 1_000;
}

/** How long ago a moment was, in words. */
export function ago(facts: OrderFacts, at: Date): string {
  return `${duration(ageOf(facts, at))} ago`;
}

/** How far off a moment is, in words; null once it is over. */
export function timeLeft(facts: OrderFacts, at: Date): string | null {
  const left = -ageOf(facts, at);
  return left > 0 ? duration(left) : null;
}

/** The reason of a failure without our code before it. */
export function plainReason(lastError: string): string {
  const said = lastError.replace(/^[a-z0-9_]+: /, "");
  return /[.!?]$/.test(said) ? said : `${said}.`;
}

/** The latest event of this kind, or undefined. */
export function lastEvent(
  { events }: OrderFacts,
  ...kinds: EventFact["event"][]
): EventFact | undefined {
  return events.findLast(({ event }) => kinds.includes(event));
}

/** When an order was first flagged with a code; null where it never was. */
export function flaggedAt({ events }: OrderFacts, code: string): Date | null {
  const flag = events.findLast(({ event, detail }) => {
    return event === "attention" && detail["code"] === code;
  });
  return flag?.at ?? null;
}
