import { sql } from "kysely";
import type { Trx } from "../../db/transaction.ts";
import type { DeliveryKind, DeliveryStatus, EndpointStatus } from "../../webhooks/lifecycle.ts";
import { hostNamed } from "../../webhooks/read-address.ts";
import { groupByOrder, ofOrders } from "./rows.ts";
import type { Waiting } from "./waiting.ts";

/** What another system is told of one of an order's events. */
export type DeliveryFact = Waiting & {
  id: string;
  version: number;
  endpointId: string;
  /** Where the endpoint is, without the path that only it knows; and how it stands. */
  host: string;
  endpointStatus: EndpointStatus;
  seq: number;
  kind: DeliveryKind;
  status: DeliveryStatus;
  tries: number;
  httpStatus: number | null;
  reason: string | null;
  createdAt: Date;
  claimedAt: Date | null;
  endedAt: Date | null;
  replayOf: string | null;
};

/**
 * What was told of orders. Of many orders only what did not arrive: that most things did is not
 * worth reading for a list.
 */
export async function readDeliveries(
  trx: Trx,
  ids: readonly string[],
): Promise<(orderId: string) => DeliveryFact[]> {
  const { rows } = await sql<Omit<DeliveryFact, "host"> & { orderId: string; url: string }>`
    SELECT d.order_id AS "orderId", d.id, d.version, endpoint_id AS "endpointId", e.url,
      e.status AS "endpointStatus", d.seq, d.kind, d.status, d.tries,
      d.http_status AS "httpStatus", d.reason, d.created_at AS "createdAt",
      d.claimed_at AS "claimedAt", d.ended_at AS "endedAt", d.replay_of AS "replayOf",
      d.due_at AS "dueAt", d.round, d.last_error AS "lastError", d.failing_since AS "failingSince"
    FROM (
      SELECT * FROM webhook_deliveries WHERE ${ofOrders(ids)}
        AND (${ids.length === 1} OR status <> 'delivered' OR kind = 'replay')
    ) AS d JOIN webhook_endpoints AS e ON e.id = d.endpoint_id
    ORDER BY d.nr`.execute(trx);
  return groupByOrder(rows.map(({ url, ...row }) => ({ ...row, host: hostNamed(url) })));
}
