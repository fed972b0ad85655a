import { sql } from "kysely";
import { soldStatuses, waitingStatuses } from "../orders/lifecycle.ts";
import type { Invariant, Limits } from "./invariant.ts";
import { unsentStatuses } from "./waiting.ts";

/** What must be true of what customers are told, are promised and leave with us. */
export function persons({ patienceSeconds }: Limits): Invariant[] {
  return [
    {
      name: "one_confirmation_per_paid_order",
      promise: "A paid order has one confirmation by mail: sent, or given up for a stated reason.",
      looked: sql`
        SELECT orders.id AS order_id, number, count(mail.id) AS confirmations,
          array_agg(mail.status) AS statuses, count(mail.id) <> 1 OR bool_or(
            (mail.status IN ('failed', 'dropped') AND coalesce(reason, '') = '')
            OR (mail.status = ANY(${unsentStatuses}::text[])
              AND mail.created_at <= now() - make_interval(secs => ${patienceSeconds}))
          ) AS broken
        FROM orders LEFT JOIN notifications AS mail
          ON mail.order_id = orders.id AND template = 'order_paid' AND channel = 'email'
          AND resend_of IS NULL
        WHERE orders.status = ANY(${soldStatuses}::text[]) GROUP BY orders.id`,
    },
    {
      name: "a_key_names_one_order",
      promise: "Each idempotency key of an order led to an order of that shop, which no other did.",
      looked: sql`
        SELECT keys.shop_id, resource_id AS order_id, keys.created_at,
          orders.id IS NULL OR count(*) OVER (PARTITION BY resource_id) > 1 AS broken
        FROM idempotency_keys AS keys LEFT JOIN orders
          ON orders.id::text = resource_id AND orders.shop_id = keys.shop_id
        WHERE operation = 'place_order'`,
    },
    {
      name: "persons_stay_while_the_order_lives",
      promise: "When a person is to be forgotten is set once the order is over, and not before.",
      looked: sql`
        SELECT order_id, number, status, erase_at,
          (erase_at IS NULL) <> (status = ANY(${waitingStatuses}::text[])) AS broken
        FROM order_contacts JOIN orders ON orders.id = order_id`,
    },
  ];
}
