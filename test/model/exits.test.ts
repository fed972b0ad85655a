import { describe, expect, test } from "vitest";
import { holdStatuses, holdTransitions, liveHolds } from "../../src/inventory/lifecycle.ts";
import { clocks, transitions } from "../../src/orders/lifecycle.ts";
import * as money from "../../src/payments/lifecycle.ts";

type Transitions = Record<string, { from: readonly string[]; to: string }>;
type Clocks = Record<string, unknown>;

/** Holds have no clock of their own: they go with their order, which has one. */
const holdClocks = Object.fromEntries(
  holdStatuses.map((status) => [status, liveHolds.includes(status) ? "with its order" : "rests"]),
);
const taken = { take: { from: [], to: "held" } };

const lives: [string, Transitions, Clocks][] = [
  ["an order", transitions, clocks],
  ["a payment", money.paymentTransitions, money.paymentClocks],
  ["a refund", money.refundTransitions, money.refundClocks],
  ["a dispute", money.disputeTransitions, money.disputeClocks],
  ["a hold", { ...taken, ...holdTransitions }, holdClocks],
];

/** All statuses that can be come to from these, they themselves among them. */
function reachableFrom(starts: readonly string[], ways: Transitions): Set<string> {
  const reached = new Set(starts);
  for (const status of reached) {
    for (const { from, to } of Object.values(ways)) if (from.includes(status)) reached.add(to);
  }
  return reached;
}

function unreachable(ways: Transitions, wakes: Clocks): string[] {
  const births = Object.values(ways).flatMap(({ from, to }) => (from.length === 0 ? [to] : []));
  const reached = reachableFrom(births, ways);
  return Object.keys(wakes).filter((status) => !reached.has(status));
}

/** Statuses that wait, and from which no way leads to one that rests. */
function deadEnds(ways: Transitions, wakes: Clocks): string[] {
  return Object.keys(wakes).filter((status) => {
    return ![...reachableFrom([status], ways)].some((reached) => wakes[reached] === "rests");
  });
}

describe.each(lives)("in the life of %s", (_whose, ways, wakes) => {
  test("every status can be reached", () => {
    expect(unreachable(ways, wakes)).toEqual([]);
  });

  test("every status is final or leads to one that is", () => {
    expect(deadEnds(ways, wakes)).toEqual([]);
  });

  test("a status without a way in or out would be seen", () => {
    const stuck = { ...ways, strayed: { from: Object.keys(wakes), to: "limbo" } };
    expect(deadEnds(stuck, { ...wakes, limbo: { wakes: "nobody" } })).toEqual(["limbo"]);
    expect(unreachable(ways, { ...wakes, limbo: "rests" })).toEqual(["limbo"]);
  });
});
