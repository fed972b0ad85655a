import type { Settings } from "../../config.ts";
import type { Db } from "../../db/connect.ts";
import { Refused } from "../../errors.ts";
import { diagnose } from "../diagnosis.ts";
import { collectMany } from "../facts/collect-facts.ts";
import { planOf } from "./acts.ts";
import { inWords, type OrderState, stateOf } from "./order-state.ts";

/** How an order stands now, for somebody who saw it otherwise. */
export type PresentState = OrderState & { diagnosis: string };

/** The order is not as the operator saw it: nothing was done. */
export class OrderChanged extends Refused {
  readonly present: PresentState;

  constructor(present: PresentState) {
    const message =
      `Order ${present.number} has changed since you looked: it is ${inWords(present)} now. ` +
      "Nothing was done. Look again, then decide.";
    super("order_changed", message);
    this.present = present;
  }
}

/** Reads how the order stands now: what the one who came too late is told. */
export async function orderChanged(
  means: { db: Db; settings: Settings },
  orderId: string,
): Promise<Refused> {
  const [facts] = await collectMany(means, [orderId]);
  if (!facts) return orderNotFound();
  const { sentence } = diagnose(facts, planOf);
  return new OrderChanged({ ...stateOf(facts), diagnosis: sentence });
}

export function orderNotFound(): Refused {
  return new Refused("order_not_found", "There is no such order. Check its id or number.");
}

/** Nobody acts on an order that he has not looked at. */
export function versionRequired(): Refused {
  const message =
    "Say the order's version that you saw, in If-Match: a dry run tells it. Of two operators one " +
    "wins, and the other looks again.";
  return new Refused("version_required", message, [{ field: "If-Match", message }]);
}
