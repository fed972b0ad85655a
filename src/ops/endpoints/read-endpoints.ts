import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { type Endpoint, endpointColumns } from "../../webhooks/endpoints.ts";
import { seenBy } from "../access/mask.ts";
import { may, type Operator } from "../access/roles.ts";

/** An endpoint with whose it is, and what waits for it. */
export type EndpointState = Endpoint & {
  shopName: string;
  waiting: number;
  /** Of what waits, since when the oldest does. */
  oldest: Date | null;
  /** Of the last 30 days. */
  failed: number;
};

/** Who is told of orders, of every shop: those first that are in trouble. */
export async function readEndpoints(db: Db, id: string | null = null): Promise<EndpointState[]> {
  const { rows } = await sql<EndpointState>`
    SELECT ${endpointColumns}, (SELECT name FROM shops WHERE shops.id = shop_id) AS "shopName",
      waiting, oldest, (
        SELECT count(*)::integer FROM webhook_deliveries AS d
        WHERE d.endpoint_id = webhook_endpoints.id AND d.status = 'failed' AND d.kind <> 'test'
      ) AS failed
    FROM webhook_endpoints CROSS JOIN LATERAL (
      SELECT count(*)::integer AS waiting, min(created_at) AS oldest FROM webhook_deliveries AS d
      WHERE d.endpoint_id = webhook_endpoints.id AND d.due_at IS NOT NULL
    ) AS behind
    WHERE status <> 'deleted' AND id = coalesce(${id}::uuid, id)
    ORDER BY array_position(ARRAY['failing', 'disabled', 'enabled'], status),
      webhook_endpoints.created_at, id`.execute(db);
  return rows;
}

/** Viewers see an address without its path, which may hold what only its owner is to know. */
export function endpointSeenBy(
  operator: Pick<Operator, "role">,
  endpoint: EndpointState,
): EndpointState {
  const seen = seenBy(operator, endpoint);
  return may(operator, "operator") ? seen : { ...seen, url: new URL(endpoint.url).origin };
}

/** All that these pages say, in one short text; of all endpoints, or of one. */
export async function endpointsSeen(db: Db, id: string | null = null): Promise<string> {
  const { rows } = await sql<{ seen: string | null }>`
    SELECT md5(string_agg(concat_ws(',', id, status, version, failures, probe_id, last_success_at,
      newest), ';' ORDER BY id)) AS seen
    FROM webhook_endpoints CROSS JOIN LATERAL (
      SELECT string_agg(concat(d.status, tries), ',') AS newest FROM (
        SELECT status, tries FROM webhook_deliveries WHERE endpoint_id = webhook_endpoints.id
        ORDER BY nr DESC LIMIT ${latest}
      ) AS d
    ) AS told
    WHERE id = coalesce(${id}::uuid, id)`.execute(db);
  return rows[0]?.seen ?? "";
}
const latest = 50;
