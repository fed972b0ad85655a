import type { OrderFacts } from "../facts/facts.ts";
import type { ActName } from "./act.ts";
import { acts } from "./acts.ts";
import { offeredStatuses } from "./set-status.ts";

/** Wishes by which it is seen whether an act can be done at all: any of them will do. */
const wishes: Partial<Record<ActName, readonly Record<string, unknown>[]>> = {
  cancel: [{ refund: null }, { refund: "none" }, { refund: "full" }],
  extend_hold: [{ minutes: 1 }],
  refund: [{ reason: "other" }],
  settle: [{}, { returned: "by other means" }],
};

/** Whether the order's state allows an act in any form: what it never allows is not offered. */
export function canBeOffered(facts: OrderFacts, name: ActName): boolean {
  if (name === "set_status") return offeredStatuses(facts).length > 0;
  return (wishes[name] ?? [{}]).some((wish) => {
    const read = acts[name].input.safeParse(wish);
    return read.success && acts[name].plan(facts, read.data).possible;
  });
}
