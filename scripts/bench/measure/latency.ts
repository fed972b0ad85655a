import type { Db } from "../../../src/db/connect.ts";
import type { Purchase } from "../load/buyer.ts";
import { decisionsOf } from "./decisions.ts";
import { type Percentiles, percentilesOf } from "./percentiles.ts";

/** How long buyers waited: for the answer, for the commit that made it paid, for the mail. */
export async function latencyOf(
  db: Db,
  purchases: readonly Purchase[],
): Promise<Record<"post" | "paid" | "mailed", Percentiles>> {
  const decisions = await decisionsOf(
    db,
    purchases.map(({ orderId }) => orderId),
  );
  const paid = purchases.flatMap(({ orderId, postedAt }) => {
    const decision = decisions.get(orderId);
    return decision?.event === "payment_captured" ? [decision.at - postedAt] : [];
  });
  return {
    post: percentilesOf(purchases.map(({ postedAt, answeredAt }) => answeredAt - postedAt)),
    paid: percentilesOf(paid),
    mailed: percentilesOf(purchases.map(({ postedAt, mailedAt }) => mailedAt - postedAt)),
  };
}
