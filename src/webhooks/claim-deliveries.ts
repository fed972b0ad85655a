import { sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Trx } from "../db/transaction.ts";
import type { DeliveryKind } from "./lifecycle.ts";
import { listeningStatuses, waitingDeliveries } from "./lifecycle.ts";
import { callLease, givesUp } from "./waits.ts";
import { isOwnEndpoint } from "./write-deliveries.ts";

type ClaimSettings = Pick<Settings, "WEBHOOK_TIMEOUT_SECONDS" | "WEBHOOK_CONCURRENCY">;

/** A delivery that is ours to send now, with where to and all that it may say. */
export type ClaimedDelivery = {
  id: string;
  kind: DeliveryKind;
  endpointId: string;
  /** The number of this claim: an outcome counts only while no later claim was made. */
  tries: number;
  /** PostgreSQL's clock. */
  claimedAt: Date;
  url: string;
  secret: { keyId: string; sealed: Buffer };
  /** Still valid beside it; null where there is none. */
  oldSecret: { keyId: string; sealed: Buffer } | null;
  /** Null for a test. */
  event: ClaimedEvent | null;
};

type ClaimedEvent = {
  orderId: string;
  orderNumber: string;
  seq: number;
  event: string;
  to: string;
  detail: Record<string, unknown>;
  at: Date;
};

/**
 * Takes deliveries for sending: `sending` is on record before an endpoint hears of them. What must
 * wait for its endpoint is parked: while that fails, while it has all the calls under way that it
 * is given, or while what happened to the order before is on its first try.
 *
 * The endpoints are locked first, as whoever saves an outcome does, and looked at afterwards: what
 * is parked here is seen by the save that will wake it.
 */
export async function claimDeliveries(
  trx: Trx,
  settings: ClaimSettings,
  ids: readonly string[],
): Promise<Map<string, ClaimedDelivery>> {
  await sql`
    SELECT id FROM webhook_endpoints WHERE id IN (
      SELECT endpoint_id FROM webhook_deliveries WHERE id = ANY(${ids}::uuid[])
    ) ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  const { rows } = await sql<Flat>`
    WITH wanted AS MATERIALIZED (
      SELECT * FROM webhook_deliveries WHERE id = ANY(${ids}::uuid[])
        AND status = ANY(${waitingDeliveries}::text[])
        AND (status <> 'pending' OR ready_at <= now())
        AND (status <> 'sending' OR claimed_at <= now() - ${callLease(settings)})
      ORDER BY id FOR NO KEY UPDATE
    ), judged AS (${judge(settings)}), claimed AS (
      UPDATE webhook_deliveries AS d SET status = verdict, sweeps = 0,
        tries = d.tries + (verdict = 'sending')::integer,
        claimed_at = CASE verdict WHEN 'sending' THEN now() ELSE d.claimed_at END,
        reason = coalesce(why, d.reason),
        ended_at = CASE WHEN verdict IN ('failed', 'dropped') THEN now() END,
        due_at = CASE verdict WHEN 'sending' THEN now() + ${callLease(settings)}
          WHEN 'parked' THEN greatest(d.created_at + ${givesUp}, now() + interval '1 minute') END
      FROM judged WHERE d.id = judged.id RETURNING d.*
    )
    SELECT c.id, c.kind, c.endpoint_id AS "endpointId", c.tries, c.claimed_at AS "claimedAt",
      e.url, e.key_id AS "keyId", e.sealed,
      CASE WHEN old_until > now() THEN old_key_id END AS "oldKeyId",
      CASE WHEN old_until > now() THEN old_sealed END AS "oldSealed",
      c.order_id AS "orderId", o.number AS "orderNumber", c.seq, h.event, h.to_status AS "to",
      h.detail, h.at
    FROM claimed AS c JOIN webhook_endpoints AS e ON e.id = c.endpoint_id
    LEFT JOIN orders AS o ON o.id = c.order_id
    LEFT JOIN order_events AS h ON h.order_id = c.order_id AND h.seq = c.seq
    WHERE c.status = 'sending'`.execute(trx);
  return new Map(rows.map((row) => [row.id, claimedOf(row)]));
}

type Flat = Pick<ClaimedDelivery, "id" | "kind" | "endpointId" | "tries" | "claimedAt" | "url"> &
  Omit<ClaimedEvent, "orderId"> & {
    orderId: string | null;
    keyId: string;
    sealed: Buffer;
    oldKeyId: string | null;
    oldSealed: Buffer | null;
  };

/** What becomes of each that is wanted, and why where it ends: `verdict` and `why` by id. */
function judge({ WEBHOOK_TIMEOUT_SECONDS, WEBHOOK_CONCURRENCY }: ClaimSettings) {
  const isAlive = sql`claimed_at > now() - ${callLease({ WEBHOOK_TIMEOUT_SECONDS })}`;
  const isOld = sql`wanted.created_at <= now() - ${givesUp}`;
  return sql`
    SELECT id, endpoint_id,
      CASE WHEN first <> 'sending' OR place <= free OR is_probe THEN first ELSE 'parked' END
        AS verdict, why
    FROM (
      SELECT ruled.*, row_number() OVER (PARTITION BY endpoint_id, first ORDER BY nr) AS place,
        ${WEBHOOK_CONCURRENCY} - (
          SELECT count(*) FROM webhook_deliveries AS other
          WHERE other.endpoint_id = ruled.endpoint_id AND status = 'sending' AND ${isAlive}
            AND due_at IS NOT NULL
        ) AS free
      FROM (
        SELECT wanted.id, wanted.endpoint_id, wanted.nr,
          coalesce(probe_id = wanted.id, false) AS is_probe,
          CASE WHEN webhook_endpoints.status <> ALL(${listeningStatuses}::text[])
              OR NOT ${isOwnEndpoint} THEN 'dropped'
            WHEN wanted.kind = 'test' OR probe_id = wanted.id THEN 'sending'
            WHEN webhook_endpoints.status = 'failing' AND ${isOld} THEN 'failed'
            WHEN webhook_endpoints.status = 'failing' OR ${isBehind("wanted")} THEN 'parked'
            ELSE 'sending' END AS first,
          CASE WHEN webhook_endpoints.status <> ALL(${listeningStatuses}::text[])
              THEN 'The endpoint is ' || webhook_endpoints.status || '.'
            WHEN NOT ${isOwnEndpoint}
              THEN 'The endpoint belongs to the installation that was copied.'
            WHEN webhook_endpoints.status = 'failing' AND ${isOld}
              AND probe_id IS DISTINCT FROM wanted.id AND wanted.kind <> 'test'
              THEN 'The endpoint did not take it within three days.' END AS why
        FROM wanted JOIN webhook_endpoints ON webhook_endpoints.id = endpoint_id
      ) AS ruled
    ) AS placed`;
}

/** What happened to the order before is on its first try at the endpoint, or waits for that. */
export function isBehind(delivery: string) {
  const own = sql.ref(delivery);
  return sql`(${own}.kind = 'event' AND EXISTS (
    SELECT FROM webhook_deliveries AS before
    WHERE before.endpoint_id = ${own}.endpoint_id AND before.order_id = ${own}.order_id
      AND before.kind = 'event' AND before.seq < ${own}.seq
      AND (before.status IN ('pending', 'parked') AND before.tries = 0
        OR before.status = 'sending' AND before.tries = 1)
  ))`;
}

function claimedOf(row: Flat): ClaimedDelivery {
  const { id, kind, endpointId, tries, claimedAt, url, keyId, sealed, oldKeyId, oldSealed } = row;
  const { orderId, ...event } = row;
  const { orderNumber, seq, event: name, to, detail, at } = event;
  return {
    ...{ id, kind, endpointId, tries, claimedAt, url, secret: { keyId, sealed } },
    oldSecret: oldKeyId && oldSealed ? { keyId: oldKeyId, sealed: oldSealed } : null,
    event: orderId === null ? null : { orderId, orderNumber, seq, event: name, to, detail, at },
  };
}
