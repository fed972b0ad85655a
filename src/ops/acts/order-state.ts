import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import type { Trx } from "../../db/transaction.ts";
import type { Closing, OrderStatus } from "../../orders/lifecycle.ts";
import type { OrderFacts } from "../facts/facts.ts";

/** How an order stands: what an act answers, and what somebody sees who came too late. */
export type OrderState = {
  id: string;
  number: string;
  status: OrderStatus;
  closing: Closing | null;
  attention: string | null;
  /** The seq of its last event, and its ETag. */
  version: number;
};

export async function readState(db: Db | Trx, orderId: string): Promise<OrderState | null> {
  const { rows } = await sql<OrderState>`
    SELECT id, number, status, closing, attention, version FROM orders
    WHERE id = ${orderId}::uuid`.execute(db);
  return rows[0] ?? null;
}

/** In a word or two, for sentences. */
export function inWords({ status, closing }: Pick<OrderState, "status" | "closing">): string {
  const words = status.replaceAll("_", " ");
  if (closing === null) return words;
  return `${words}, and about to ${closing === "edited" ? "change" : "end"}`;
}

/** The same from facts that were read before. */
export function stateOf({ order }: Pick<OrderFacts, "order">): OrderState {
  const { id, number, status, closing, attention, version } = order;
  return { id, number, status, closing, attention, version };
}
