import { sql } from "kysely";
import type { Settings } from "../config.ts";
import { leased } from "../db/clock.ts";
import type { Trx } from "../db/transaction.ts";
import type { Hint } from "../queues/hint.ts";
import { isBehind } from "./claim-deliveries.ts";
import { callLease, givesUp, probeWait } from "./waits.ts";
import { deliverHints } from "./write-deliveries.ts";

type ProbeSettings = Pick<
  Settings,
  "WEBHOOK_RETRY_SECONDS" | "WEBHOOK_PROBE_SECONDS" | "WEBHOOK_TIMEOUT_SECONDS" | "LEASE_SECONDS"
>;

/**
 * What the clock of a failing endpoint did: one delivery was let through; the one before is still
 * under way; there is nothing to ask with; or that was so after three days, and a trial is sent.
 */
export type ProbeAct = "let_through" | "under_way" | "nothing_waits" | "trial";

export type Probed = { endpointId: string; act: ProbeAct };

type Row = Probed & { probeId: string | null; version: number | null; order: string | null };

/**
 * Of what waits for `failing`, what was tried least, and of that the oldest: one event that a
 * receiver refuses must not be all that it is asked with. People's trials tell by themselves.
 */
const leastTried = sql`
  SELECT first.id, first.version FROM unnest(ARRAY['parked', 'pending']) AS waiting (status)
  CROSS JOIN unnest(ARRAY['event', 'replay']) AS one (kind) CROSS JOIN LATERAL (
    SELECT d.id, d.version, d.kind, d.tries, d.nr FROM webhook_deliveries AS d
    WHERE d.endpoint_id = failing.id AND d.status = waiting.status AND d.kind = one.kind
      AND d.due_at IS NOT NULL AND NOT ${isBehind("d")}
    ORDER BY d.tries, d.nr LIMIT 1
  ) AS first ORDER BY first.tries, first.kind, first.nr LIMIT 1`;

/**
 * Lets one delivery of each failing endpoint through, to see whether it answers again: one at a
 * time, or the outcome of the first would count for nothing. The endpoint's clock goes on, so that
 * a probe that gets lost is followed by another.
 *
 * Where nothing waits there is nothing to ask with. That makes no endpoint well: the next event is
 * the next probe. Three days after it went down a trial is: it may have refused one event alone,
 * and only one that does not take the trial either is disabled.
 */
export async function probeEndpoints(
  trx: Trx,
  settings: ProbeSettings,
  ids: readonly string[],
): Promise<{ probes: Probed[]; hints: Hint[] }> {
  // Locked first and looked at afterwards: whoever books an outcome has done so by then.
  await sql`
    SELECT id FROM webhook_endpoints WHERE id = ANY(${ids}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  const wait = sql`make_interval(secs => ${probeWait(settings, sql`judged.failures`)})`;
  const { rows } = await sql<Row>`
    WITH judged AS MATERIALIZED (${judge(settings, ids)}), stood AS (
      UPDATE webhook_endpoints AS e SET sweeps = 0,
        probe_id = CASE act WHEN 'under_way' THEN e.probe_id ELSE next_id END,
        due_at = CASE act WHEN 'nothing_waits' THEN now() + ${wait} WHEN 'under_way' THEN until
          ELSE now() + greatest(${wait}, ${callLease(settings)}) END
      FROM judged WHERE e.id = judged.id
    ), trials AS (
      INSERT INTO webhook_deliveries (id, endpoint_id, kind, status, version, due_at)
      SELECT next_id, id, 'test', 'pending', version, ${leased(settings)}
      FROM judged WHERE act = 'trial' ORDER BY next_id
    ), locked AS MATERIALIZED (
      SELECT d.id, judged.version FROM webhook_deliveries AS d JOIN judged ON d.id = next_id
      WHERE d.status IN ('parked', 'pending') ORDER BY d.id FOR NO KEY UPDATE OF d
    ), let_through AS (
      UPDATE webhook_deliveries AS d SET status = 'pending', ready_at = now(), sweeps = 0,
        version = locked.version, due_at = ${leased(settings)}
      FROM locked WHERE d.id = locked.id
    )
    SELECT judged.id AS "endpointId", act, next_id AS "probeId", version, (
      SELECT number FROM orders JOIN webhook_deliveries AS d ON orders.id = d.order_id
      WHERE d.id = next_id
    ) AS "order" FROM judged ORDER BY judged.id`.execute(trx);
  const hints = rows.flatMap(({ probeId, version, order }) =>
    probeId === null || version === null ? [] : deliverHints([probeId], order, version),
  );
  return {
    probes: rows.map(({ endpointId, act }) => ({ endpointId, act })),
    hints,
  };
}

/** What is to be done with each that still fails, and with what it is asked next. */
function judge(settings: ProbeSettings, ids: readonly string[]) {
  return sql`
    SELECT id, failures, until, act,
      CASE act WHEN 'trial' THEN gen_random_uuid() ELSE next_id END AS next_id,
      CASE act WHEN 'trial' THEN 1 ELSE next_version + 1 END AS version
    FROM (
      SELECT failing.*, next.id AS next_id, next.version AS next_version,
        CASE WHEN until IS NOT NULL THEN 'under_way' WHEN next.id IS NOT NULL THEN 'let_through'
          WHEN down_since > now() - ${givesUp} OR EXISTS (
            SELECT FROM webhook_deliveries AS d
            WHERE d.endpoint_id = failing.id AND d.due_at IS NOT NULL
          ) THEN 'nothing_waits' ELSE 'trial' END AS act
      FROM (
        SELECT e.*, (
          SELECT claimed_at + ${callLease(settings)} FROM webhook_deliveries AS d
          WHERE d.id = e.probe_id AND d.status = 'sending'
            AND claimed_at > now() - ${callLease(settings)}
        ) AS until
        FROM webhook_endpoints AS e WHERE e.id = ANY(${ids}::uuid[]) AND e.status = 'failing'
      ) AS failing LEFT JOIN LATERAL (${leastTried}) AS next ON until IS NULL
    ) AS judged`;
}
