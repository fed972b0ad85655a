import { type RawBuilder, sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Trx } from "../db/transaction.ts";
import type { Hint } from "../queues/hint.ts";
import type { DeliveryStatus, EndpointStatus } from "./lifecycle.ts";
import { failuresThatOpen, givesUp, longestOpening, probeWait, retryWait } from "./waits.ts";
import { wakeParked } from "./wake-parked.ts";

export type DeliverySettings = Pick<
  Settings,
  | "WEBHOOK_RETRY_SECONDS"
  | "WEBHOOK_PROBE_SECONDS"
  | "WEBHOOK_CONCURRENCY"
  | "WEBHOOK_TIMEOUT_SECONDS"
  | "LEASE_SECONDS"
>;

/** What came of sending a delivery. */
export type DeliveryOutcome = {
  id: string;
  endpointId: string;
  /** The claim that it came of. */
  tries: number;
  claimedAt: Date;
  milliseconds: number;
  httpStatus: number | null;
  /** Why it is no success; null where it is one. */
  reason: string | null;
  /** The beginning of what was answered. */
  answer: string | null;
  /** For how long the endpoint asked us to wait, if it did. */
  retryAfterSeconds: number | null;
};

/** What became of a delivery, and of its endpoint. */
export type Saved = {
  id: string;
  endpointId: string;
  status: DeliveryStatus;
  endpointStatus: EndpointStatus;
  /** How the endpoint stood before. */
  endpointWas: EndpointStatus;
};

/**
 * Books outcomes, each only while its claim is the delivery's last: the delivery's end or its next
 * try, and how its endpoint stands. One that fails too often in a row is failing from then on; one
 * that failed for three days is disabled; one that answers again gets what was parked for it. For
 * each call that is over, the next that waits for a place is woken.
 */
export async function saveOutcomes(
  trx: Trx,
  settings: DeliverySettings,
  outcomes: readonly DeliveryOutcome[],
): Promise<{ saved: Saved[]; hints: Hint[] }> {
  const endpoints = [...new Set(outcomes.map(({ endpointId }) => endpointId))];
  await sql`
    SELECT id FROM webhook_endpoints WHERE id = ANY(${endpoints}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  const { rows: saved } = await sql<Saved>`
    WITH outcome AS (${rowsOf(outcomes)}), booked AS MATERIALIZED (
      SELECT d.id, endpoint_id, kind, created_at, outcome.* FROM webhook_deliveries AS d
      JOIN outcome ON delivery_id = d.id AND claim = tries
      WHERE status = 'sending' ORDER BY d.id FOR NO KEY UPDATE OF d
    ), attempts AS (
      INSERT INTO webhook_attempts
        (delivery_id, nr, at, milliseconds, http_status, reason, answer)
      SELECT id, claim, at, milliseconds, http_status, why, answer FROM booked ORDER BY id
      ON CONFLICT DO NOTHING
    ), fate AS MATERIALIZED (${fateOfEndpoints}), stood AS (${moveEndpoints(settings)}),
    ruled AS (${ruleDeliveries(settings)}), moved AS (
      UPDATE webhook_deliveries AS d SET status = verdict, http_status = ruled.http_status,
        reason = why, ready_at = next_at, round = 0, sweeps = 0, last_error = NULL,
        ended_at = CASE WHEN verdict IN ('delivered', 'failed', 'dropped') THEN now() END,
        due_at = CASE verdict WHEN 'pending' THEN next_at
          WHEN 'parked' THEN ruled.created_at + ${givesUp} END
      FROM ruled WHERE d.id = ruled.id
    )
    SELECT id, endpoint_id AS "endpointId", verdict AS status, fate AS "endpointStatus",
      was AS "endpointWas" FROM ruled ORDER BY id`.execute(trx);
  return { saved, hints: await wakeParked(trx, settings, placesIn(settings, saved)) };
}

function rowsOf(outcomes: readonly DeliveryOutcome[]): RawBuilder<unknown> {
  return sql`
    SELECT * FROM unnest(
      ${outcomes.map(({ id }) => id)}::uuid[],
      ${outcomes.map(({ tries }) => tries)}::integer[],
      ${outcomes.map(({ claimedAt }) => claimedAt)}::timestamptz[],
      ${outcomes.map(({ milliseconds }) => Math.round(milliseconds))}::integer[],
      ${outcomes.map(({ httpStatus }) => httpStatus)}::smallint[],
      ${outcomes.map(({ reason }) => reason)}::text[],
      ${outcomes.map(({ answer }) => answer)}::text[],
      ${outcomes.map(({ retryAfterSeconds }) => retryAfterSeconds)}::float8[]
    ) AS o (delivery_id, claim, at, milliseconds, http_status, why, answer, retry_after)`;
}

/**
 * What becomes of each endpoint. A trial that fails says nothing new; of one that fails already,
 * only its probe tells: others were under way when it began. It is asked by probes for a while
 * before it is disabled, however long ago its first failure was.
 */
const fateOfEndpoints = sql`
  SELECT heard.*, CASE WHEN was NOT IN ('enabled', 'failing') THEN was
      WHEN succeeded THEN 'enabled'
      WHEN was = 'failing' AND failed > 0 AND down_since <= now() - ${givesUp} THEN 'disabled'
      WHEN failures + failed >= ${failuresThatOpen} THEN 'failing' ELSE was END AS fate
  FROM (
    SELECT e.id, e.status AS was, e.failures, e.down_since, e.last_success_at,
      bool_or(why IS NULL) AS succeeded, max(why) AS failure,
      count(*) FILTER (WHERE why IS NOT NULL AND CASE e.status
        WHEN 'failing' THEN booked.id = e.probe_id ELSE kind <> 'test' END)::integer AS failed
    FROM booked JOIN webhook_endpoints AS e ON e.id = endpoint_id GROUP BY e.id
  ) AS heard`;

/**
 * An endpoint that only goes on as it did is not written anew for each success. One that turns
 * failing has been down since its first failure, unless nothing was sent for long meanwhile: it may
 * have been well then.
 */
function moveEndpoints(settings: DeliverySettings): RawBuilder<unknown> {
  const failures = sql`CASE WHEN succeeded THEN 0
    WHEN was = 'enabled' THEN least(fate.failures + failed, ${failuresThatOpen})
    ELSE fate.failures + failed END`;
  return sql`
    UPDATE webhook_endpoints AS e SET status = fate, failures = ${failures},
      down_since = CASE WHEN succeeded THEN NULL
        WHEN was = 'enabled' AND fate = 'failing'
          THEN greatest(coalesce(e.down_since, now()), now() - ${longestOpening})
        ELSE coalesce(e.down_since, now()) END,
      failure = CASE WHEN NOT succeeded THEN fate.failure END, probe_id = NULL,
      last_success_at = CASE WHEN succeeded THEN now() ELSE e.last_success_at END,
      disabled_by = CASE WHEN fate <> was AND fate = 'disabled' THEN 'failure'
        ELSE e.disabled_by END,
      version = e.version + (fate <> was AND fate = 'disabled')::integer,
      round = 0, sweeps = 0, last_error = NULL, due_at = CASE fate WHEN 'failing'
        THEN now() + make_interval(secs => ${probeWait(settings, failures)}) END
    FROM fate WHERE e.id = fate.id AND was IN ('enabled', 'failing') AND CASE WHEN succeeded
      THEN was = 'failing' OR fate.failures > 0
        OR coalesce(fate.last_success_at, '-infinity') < now() - interval '1 minute'
      ELSE failed > 0 END`;
}

/** What becomes of each delivery, and when it is tried next if it is. */
function ruleDeliveries(settings: DeliverySettings): RawBuilder<unknown> {
  return sql`
    SELECT booked.*, fate, was,
      CASE WHEN why IS NULL THEN 'delivered'
        WHEN kind = 'test' OR created_at + ${givesUp} <= now() THEN 'failed'
        WHEN fate IN ('disabled', 'deleted') THEN 'dropped'
        WHEN fate = 'failing' THEN 'parked' ELSE 'pending' END AS verdict,
      least(created_at + ${givesUp}, now() + make_interval(
        secs => greatest(coalesce(retry_after, 0), ${retryWait(settings, sql`claim`)}))) AS next_at
    FROM booked JOIN fate ON fate.id = endpoint_id`;
}

/** An endpoint that answers again gets all its places; else each call that ended frees one. */
function placesIn(
  { WEBHOOK_CONCURRENCY }: DeliverySettings,
  saved: readonly Saved[],
): Map<string, number> {
  const places = new Map<string, number>();
  for (const { endpointId, endpointStatus, endpointWas } of saved) {
    if (endpointStatus !== "enabled") continue;
    const before = places.get(endpointId) ?? 0;
    places.set(endpointId, endpointWas === "failing" ? WEBHOOK_CONCURRENCY : before + 1);
  }
  return places;
}
