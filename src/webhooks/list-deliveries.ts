import { type RawBuilder, sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Trx } from "../db/transaction.ts";
import { type DeliveryKind, type DeliveryStatus, waitingDeliveries } from "./lifecycle.ts";

/** A line of an endpoint's log: what it was told, and how each try went. */
export type DeliveryView = {
  id: string;
  nr: number;
  endpointId: string;
  kind: DeliveryKind;
  orderId: string | null;
  orderNumber: string | null;
  seq: number | null;
  /** By its name in a history; null for a test. */
  event: string | null;
  status: DeliveryStatus;
  tries: number;
  httpStatus: number | null;
  reason: string | null;
  replayOf: string | null;
  createdAt: Date;
  endedAt: Date | null;
  /** When it is tried next, where its own clock says so. */
  nextTryAt: Date | null;
  attempts: Attempt[];
};

type Attempt = {
  nr: number;
  at: string;
  milliseconds: number;
  httpStatus: number | null;
  reason: string | null;
  answer: string | null;
};

export type DeliveryQuery = {
  endpointId: string;
  status?: DeliveryStatus | undefined;
  limit: number;
  /** The nr of the last one before. */
  after?: number | undefined;
};

/** An endpoint's log, the newest first. */
export async function listDeliveries(
  db: Db | Trx,
  { endpointId, status, limit, after }: DeliveryQuery,
): Promise<DeliveryView[]> {
  return select(
    db,
    sql`d.endpoint_id = ${endpointId}::uuid AND ${has(status)}
      AND (${after ?? null}::bigint IS NULL OR d.nr < ${after ?? null}::bigint)
      ORDER BY d.nr DESC LIMIT ${limit}`,
  );
}

/** In the very words of the indexes of those that are few beside all that was delivered. */
function has(status: DeliveryStatus | undefined): RawBuilder<unknown> {
  if (status === undefined) return sql`true`;
  const isIt = sql`d.status = ${status}`;
  if (waitingDeliveries.includes(status)) return sql`(${isIt} AND d.due_at IS NOT NULL)`;
  return status === "delivered" ? isIt : sql`(${isIt} AND d.status IN ('failed', 'dropped'))`;
}

export async function readDelivery(db: Db | Trx, id: string): Promise<DeliveryView | null> {
  return (await select(db, sql`d.id = ${id}::uuid`))[0] ?? null;
}

async function select(db: Db | Trx, which: RawBuilder<unknown>): Promise<DeliveryView[]> {
  const { rows } = await sql<DeliveryView>`
    WITH page AS MATERIALIZED (SELECT * FROM webhook_deliveries AS d WHERE ${which})
    SELECT d.id, d.nr, d.endpoint_id AS "endpointId", d.kind, d.order_id AS "orderId",
      (SELECT number FROM orders WHERE orders.id = d.order_id) AS "orderNumber", d.seq,
      (SELECT event FROM order_events AS e WHERE e.order_id = d.order_id AND e.seq = d.seq)
        AS event,
      d.status, d.tries, d.http_status AS "httpStatus", d.reason, d.replay_of AS "replayOf",
      d.created_at AS "createdAt", d.ended_at AS "endedAt",
      CASE d.status WHEN 'pending' THEN greatest(ready_at, due_at) END AS "nextTryAt",
      (SELECT coalesce(json_agg(json_build_object('nr', a.nr, 'at', a.at,
          'milliseconds', milliseconds, 'httpStatus', a.http_status, 'reason', a.reason,
          'answer', answer) ORDER BY a.nr), '[]')
        FROM webhook_attempts AS a WHERE a.delivery_id = d.id) AS attempts
    FROM page AS d ORDER BY d.nr DESC`.execute(db);
  return rows;
}
