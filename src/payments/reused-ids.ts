import { isDeepStrictEqual } from "node:util";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Arrival } from "./inbox.ts";

/**
 * The ids under which another event came than the one that is stored. Stripe never does that:
 * it is somebody else who knows our signing secret, or a proxy that rewrites what it passes on.
 * The stored event stays what it is.
 */
export async function reusedIds(db: Db, arrivals: readonly Arrival[]): Promise<string[]> {
  const { rows } = await sql<{ id: string; kept: Buffer; came: Buffer }>`
    SELECT DISTINCT ON (id) id, webhook_bodies.body AS kept, a.body AS came
    FROM webhook_events JOIN webhook_bodies ON event_id = id JOIN unnest(
      ${arrivals.map(({ event }) => event.id)}::text[],
      ${arrivals.map(({ event }) => event.body)}::bytea[]
    ) AS a (id, body) USING (id)
    WHERE source = 'webhook' AND webhook_bodies.body <> a.body`.execute(db);
  return rows
    .filter(({ kept, came }) => !isDeepStrictEqual(said(kept), said(came)))
    .map(({ id }) => id);
}

/** What an event says, without how many endpoints still wait for it: that alone may change. */
function said(body: Buffer): object {
  return { ...JSON.parse(body.toString()), pending_webhooks: null };
}
