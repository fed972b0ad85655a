import { sql } from "kysely";
import type { Db } from "./connect.ts";

/** Which process this is, such as web@host:4711, and what it does. */
export type Who = { instance: string; role: string };

/** A process that was not heard of for so long is taken for dead. */
export const silentAfterSeconds = 30;
const beatMilliseconds = 10_000;

/** Shows that a process is alive, and since when. */
export async function beat(db: Db, { instance, role }: Who): Promise<void> {
  // A container's next process may bear the same name: it began when it began.
  await sql`
    INSERT INTO heartbeats (instance, role, at, started_at)
    VALUES (${instance}, ${role}, now(), now() - make_interval(secs => ${process.uptime()}))
    ON CONFLICT (instance) DO UPDATE SET at = now(), started_at = excluded.started_at`.execute(db);
}

/**
 * Beats until it is stopped, and takes the process off the list then: one that ended as it should
 * is not missed. Without PostgreSQL nobody can hear it, and that is no fault of this process.
 */
export function keepBeating(db: Db, who: Who): { stop(): Promise<void> } {
  const unheard = () => undefined;
  let beating = beat(db, who).catch(unheard);
  const timer = setInterval(() => {
    beating = beating.then(() => beat(db, who)).catch(unheard);
  }, beatMilliseconds);
  return {
    async stop() {
      clearInterval(timer);
      await beating;
      const gone = sql`DELETE FROM heartbeats WHERE instance = ${who.instance}`.execute(db);
      await gone.catch(unheard);
    },
  };
}

/** Takes a process off the list where another does the same: the last one is to be missed. */
export async function leaveToOthers(db: Db, { instance, role }: Who): Promise<void> {
  await sql`
    DELETE FROM heartbeats WHERE instance = ${instance} AND EXISTS (
      SELECT FROM heartbeats AS other WHERE other.role = ${role} AND other.instance <> ${instance}
        AND other.at > now() - make_interval(secs => ${silentAfterSeconds})
    )`.execute(db);
}
