import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import type { Db } from "../../../src/db/connect.ts";

const lookMs = 50;

/** The longest waits for a lock, in ms: for whoever held it, and for house-keeping. */
export type LockWaits = { lockWaitMs: number; keepingWaitMs: number };

/** Looks again and again at who waits for a lock; answers the longest waits that it saw. */
export function watchLocks(db: Db): { stop(): Promise<LockWaits> } {
  const longest = { lockWaitMs: 0, keepingWaitMs: 0 };
  let isOver = false;
  const watch = async () => {
    do {
      const { lockWaitMs, keepingWaitMs } = await longestWaits(db);
      longest.lockWaitMs = Math.max(longest.lockWaitMs, lockWaitMs);
      longest.keepingWaitMs = Math.max(longest.keepingWaitMs, keepingWaitMs);
      await delay(lookMs);
    } while (!isOver);
  };
  const watching = watch();
  // Who stops it is told.
  watching.catch(() => undefined);
  return {
    async stop() {
      isOver = true;
      await watching;
      return longest;
    },
  };
}

/** Statements that only house-keeping and the sweeper have. */
const keeping = "ctid = ANY|erase|SKIP LOCKED";

async function longestWaits(db: Db): Promise<LockWaits> {
  const { rows } = await sql<LockWaits>`
    WITH waits AS MATERIALIZED (
      SELECT pid, extract(epoch FROM clock_timestamp() - waitstart) * 1000 AS ms
      FROM pg_locks WHERE NOT granted
    )
    SELECT /* meter */ coalesce(max(ms), 0)::float8 AS "lockWaitMs",
      coalesce(max(ms) FILTER (WHERE EXISTS (
        SELECT FROM pg_stat_activity AS a
        WHERE a.pid = ANY(pg_blocking_pids(waits.pid)) AND a.query ~ ${keeping}
      )), 0)::float8 AS "keepingWaitMs"
    FROM waits`.execute(db);
  return rows[0] ?? { lockWaitMs: Number.NaN, keepingWaitMs: Number.NaN };
}
