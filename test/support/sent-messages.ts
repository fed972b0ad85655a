import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Channel, MessageStatus } from "../../src/notifications/lifecycle.ts";
import type { TestApi } from "./api.ts";
import { paidOrder } from "./api-money.ts";
import { addProduct } from "./shop-floor.ts";

/** A message of a paid order, as its worker left it. */
export async function messageSent(
  api: TestApi,
  channel: Channel,
  status: MessageStatus,
): Promise<string> {
  const sku = randomUUID();
  await addProduct(api, sku, { stock: 1 });
  const order = await paidOrder(api, sku);
  const { rows } = await sql<{ id: string }>`
    UPDATE notifications SET status = ${status}, tries = 1, claimed_at = now(),
      due_at = CASE WHEN ${status} IN ('pending', 'sending') THEN now() END,
      sent_at = CASE WHEN ${status} = 'sent' THEN now() END
    WHERE order_id = ${order.id} AND channel = ${channel} AND template = 'order_paid'
    RETURNING id`.execute(api.db);
  return rows[0]?.id ?? "";
}

/** What is known of it. */
export const deliveryOf = (api: TestApi, id: string) =>
  api.db
    .selectFrom("notifications")
    .select(["status", "delivery", "delivery_reason as why", "provider_id as number"])
    .where("id", "=", id)
    .executeTakeFirstOrThrow();

/** All orders that things can come in. */
export function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}
