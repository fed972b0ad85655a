import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import type { Db } from "../../../src/db/connect.ts";

const lookMs = 50;

/** Looks again and again at who waits for a lock; answers the longest wait that it saw, in ms. */
export function watchLocks(db: Db): { stop(): Promise<number> } {
  let longestMs = 0;
  let isOver = false;
  const watch = async () => {
    do {
      longestMs = Math.max(longestMs, await longestWait(db));
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
      return longestMs;
    },
  };
}

async function longestWait(db: Db): Promise<number> {
  const { rows } = await sql<{ ms: number | null }>`
    SELECT /* meter */ (extract(epoch FROM max(clock_timestamp() - waitstart)) * 1000)::float8 AS ms
    FROM pg_locks WHERE NOT granted`.execute(db);
  return rows[0]?.ms ?? 0;
}
