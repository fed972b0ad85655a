import { sql } from "kysely";
import { renewedAt } from "../db/own-rows.ts";
import { listeningStatuses } from "../webhooks/lifecycle.ts";
import { givesUp } from "../webhooks/waits.ts";
import type { Invariant, Limits } from "./invariant.ts";

/** Deliveries that are over are deleted after 30 days. */
const lookedAtDays = 20;

/** The last question takes a probe's wait and a call; a worker that dies meanwhile, some more. */
const longestGoodbye = sql`interval '1 hour'`;

/** What must be true of what other systems are told. */
export function listeners({ patienceSeconds }: Limits): Invariant[] {
  return [
    {
      name: "every_listener_is_told",
      promise: "Each event has a delivery for every endpoint that listened when it happened.",
      // An endpoint that is being added is not seen yet by what happens in that moment.
      looked: sql`
        SELECT e.order_id, e.seq, e.event, e.at, w.id AS endpoint_id, NOT EXISTS (
          SELECT FROM webhook_deliveries AS d WHERE d.endpoint_id = w.id
            AND d.order_id = e.order_id AND d.seq = e.seq AND d.kind = 'event'
        ) AS broken
        FROM webhook_endpoints AS w JOIN order_events AS e ON e.shop_id = w.shop_id
        WHERE w.status = ANY(${listeningStatuses}::text[])
          AND w.created_at >= coalesce(${renewedAt}, '-infinity'::timestamptz)
          AND (w.event_types IS NULL OR e.event = ANY(w.event_types))
          AND e.at > w.listens_since + make_interval(secs => ${patienceSeconds})
          AND e.at > now() - make_interval(days => ${lookedAtDays})`,
    },
    {
      name: "dead_listeners_are_disabled",
      promise: "An endpoint that was down for three days is disabled, within an hour.",
      looked: sql`
        SELECT id, url, status, failures, down_since, status = 'failing'
          AND down_since < now() - ${givesUp} - ${longestGoodbye} AS broken
        FROM webhook_endpoints`,
    },
  ];
}
