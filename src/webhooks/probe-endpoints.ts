import { sql } from "kysely";
import type { Settings } from "../config.ts";
import { leased } from "../db/clock.ts";
import type { Trx } from "../db/transaction.ts";
import type { Hint } from "../queues/hint.ts";
import { isBehind } from "./claim-deliveries.ts";
import { probeWait } from "./waits.ts";
import { deliverHints } from "./write-deliveries.ts";

type ProbeSettings = Pick<
  Settings,
  "WEBHOOK_RETRY_SECONDS" | "WEBHOOK_PROBE_SECONDS" | "LEASE_SECONDS"
>;

type Probe = { endpointId: string; order: string | null } & (
  | { id: string; version: number }
  | { id: null; version: null }
);

/**
 * Of what waits for `failing`, what was tried least, and of that the oldest: one event that a
 * receiver refuses must not be all that it is asked with. A trial comes last.
 */
const leastTried = sql`
  SELECT first.id, first.version FROM unnest(ARRAY['parked', 'pending']) AS waiting (status)
  CROSS JOIN unnest(ARRAY['event', 'replay', 'test']) AS one (kind) CROSS JOIN LATERAL (
    SELECT d.id, d.version, d.kind, d.tries, d.nr FROM webhook_deliveries AS d
    WHERE d.endpoint_id = failing.id AND d.status = waiting.status AND d.kind = one.kind
      AND d.due_at IS NOT NULL AND NOT ${isBehind("d")}
    ORDER BY d.tries, d.nr LIMIT 1
  ) AS first ORDER BY first.tries, first.kind, first.nr LIMIT 1`;

/**
 * Lets one delivery of each failing endpoint through, to see whether it answers again. The
 * endpoint's clock goes on: a probe that gets lost is followed by another. Where nothing waits
 * there is nothing to ask with: the endpoint is believed to be well until it fails anew.
 */
export async function probeEndpoints(
  trx: Trx,
  settings: ProbeSettings,
  ids: readonly string[],
): Promise<{ probes: Map<string, string | null>; hints: Hint[] }> {
  const { rows } = await sql<Probe>`
    WITH failing AS MATERIALIZED (
      SELECT id, failures FROM webhook_endpoints
      WHERE id = ANY(${ids}::uuid[]) AND status = 'failing' ORDER BY id FOR NO KEY UPDATE
    ), chosen AS MATERIALIZED (
      SELECT failing.id, failures, next.id AS probe_id, next.version + 1 AS version
      FROM failing LEFT JOIN LATERAL (${leastTried}) AS next ON true
    ), stood AS (
      UPDATE webhook_endpoints AS e SET probe_id = chosen.probe_id, sweeps = 0,
        status = CASE WHEN chosen.probe_id IS NULL THEN 'enabled' ELSE 'failing' END,
        failures = CASE WHEN chosen.probe_id IS NULL THEN 0 ELSE e.failures END,
        down_since = CASE WHEN chosen.probe_id IS NOT NULL THEN e.down_since END,
        failure = CASE WHEN chosen.probe_id IS NOT NULL THEN e.failure END,
        due_at = CASE WHEN chosen.probe_id IS NOT NULL
          THEN now() + make_interval(secs => ${probeWait(settings, sql`chosen.failures`)}) END
      FROM chosen WHERE e.id = chosen.id
    ), let_through AS (
      UPDATE webhook_deliveries AS d SET status = 'pending', ready_at = now(), sweeps = 0,
        version = chosen.version, due_at = ${leased(settings)}
      FROM chosen WHERE d.id = chosen.probe_id AND d.status IN ('parked', 'pending')
    )
    SELECT chosen.id AS "endpointId", probe_id AS id, version, (
      SELECT number FROM orders JOIN webhook_deliveries AS d ON orders.id = d.order_id
      WHERE d.id = probe_id
    ) AS "order" FROM chosen ORDER BY chosen.id`.execute(trx);
  return {
    probes: new Map(rows.map(({ endpointId, id }) => [endpointId, id])),
    hints: rows.flatMap(({ id, version, order }) =>
      id === null ? [] : deliverHints([id], order, version),
    ),
  };
}
