import type { Db } from "../db/connect.ts";
import type { OrderStatus } from "../orders/lifecycle.ts";

/** The ids of the newest orders, of all shops; with a status, of those that stand in it. */
export async function recentOrders(
  db: Db,
  { status, limit }: { status: OrderStatus | null; limit: number },
): Promise<string[]> {
  let newest = db.selectFrom("orders").select("id").orderBy("id", "desc").limit(limit);
  if (status !== null) newest = newest.where("status", "=", status);
  return (await newest.execute()).map(({ id }) => id);
}
