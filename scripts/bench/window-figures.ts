import type { Db } from "../../src/db/connect.ts";
import type { Purchase } from "./load/buyer.ts";
import type { Window } from "./load/closed-loop.ts";
import { decisionsOf } from "./measure/decisions.ts";
import type { CostPerOrder, Reading } from "./measure/meter.ts";
import { percentilesOf } from "./measure/percentiles.ts";
import type { Figures } from "./result.ts";

/** All that is known of a window, as figures. */
export async function figuresOf(db: Db, { perSecond, purchases, cost, after }: Window) {
  return {
    ordersPerSecond: perSecond,
    ...(await latencyOf(db, purchases)),
    ...costFigures(cost),
    ...memoryOf(after),
  };
}

/** How long buyers waited: for the answer, for the commit that made it paid, for the mail. */
export async function latencyOf(db: Db, purchases: readonly Purchase[]): Promise<Figures> {
  const decisions = await decisionsOf(
    db,
    purchases.map(({ orderId }) => orderId),
  );
  const paid = purchases.flatMap(({ orderId, postedAt }) => {
    const decision = decisions.get(orderId);
    return decision ? [decision.at - postedAt] : [];
  });
  return {
    ...named(
      "post",
      purchases.map(({ postedAt, answeredAt }) => answeredAt - postedAt),
    ),
    ...named("paid", paid),
    ...named(
      "mailed",
      purchases.map(({ postedAt, mailedAt }) => mailedAt - postedAt),
    ),
  };
}

export function named(name: string, milliseconds: readonly number[]): Figures {
  const { p50, p95, p99 } = percentilesOf(milliseconds);
  return { [`${name}P50Ms`]: p50, [`${name}P95Ms`]: p95, [`${name}P99Ms`]: p99 };
}

export function costFigures({ cpuMs, ...cost }: CostPerOrder): Figures {
  const each = Object.entries(cpuMs).map(([name, ms]) => [`cpu ${name} Ms`, ms] as const);
  return { ...cost, ...Object.fromEntries(each) };
}

function memoryOf({ usage }: Reading): Figures {
  return Object.fromEntries(
    Object.entries(usage).map(([name, { residentMb }]) => [`memory ${name} Mb`, residentMb]),
  );
}
