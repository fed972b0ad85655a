import { sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import { inOneStatement } from "../db/transaction.ts";
import type { Log } from "../log.ts";
import { follow } from "../orders/in-batches.ts";
import type { PaymentGateway } from "../payments/gateway.ts";
import { storeEvents } from "../payments/inbox.ts";
import type { Hints } from "../queues/hints.ts";

type Means = { db: Db; hints: Hints; log: Log; settings: Settings; gateway: PaymentGateway };

/** How far each poll looks back before the cursor, in seconds. */
const lookBack = {
  /**
   * A delivery that fails is known as failed only after Stripe's own attempts timed out. The first
   * poll for all events looks back as far: that an endpoint is gone is noticed minutes later, and
   * what was never to be delivered did not fail to be.
   */
  undelivered: 600,
  /** Events may become visible a little late, and our clock may differ from Stripe's. */
  all: 30,
};

/**
 * Reads Stripe's list of events behind the webhooks' back, into the same inbox.
 *
 * While webhooks arrive it asks only for events whose delivery failed, which costs next to
 * nothing. When none has come for a while though somebody may be paying, or no endpoint is
 * registered, it asks for all: then payments are found without any webhook.
 */
export async function pollEvents(means: Means): Promise<void> {
  const { db, settings, gateway, log } = means;
  const cursor = await readCursor(db, settings);
  const silent = cursor.openPayments && !cursor.webhooksArrive;
  // A key that may not list endpoints must not put the cursor to sleep: it asks for all then.
  const registered = await gateway.hasWebhookEndpoint().catch(() => false);
  const all = silent || !registered;
  const recent = lookBack.all + 2 * settings.WEBHOOK_SILENCE_SECONDS;
  const seconds = all && cursor.askedForAll ? recent : Math.max(recent, lookBack.undelivered);
  const since = new Date(cursor.position.getTime() - seconds * 1_000);

  let position = cursor.startedAt;
  for await (const { events, at } of gateway.listEvents({ since, undeliveredOnly: !all })) {
    if (at !== null && at < position) position = at;
    const arrivals = events.map((event) => ({ event, source: "cursor" as const }));
    const { fresh, hints } = await inOneStatement(db, () => storeEvents(db, settings, arrivals));
    follow(means, { hints });
    const found = fresh.filter(Boolean).length;
    if (found > 0) log.info("events_found", { count: found });
  }
  await moveCursor(db, settings, position, all);
}

type Cursor = {
  position: Date;
  startedAt: Date;
  webhooksArrive: boolean;
  openPayments: boolean;
  /** Whether the poll before this one asked for all events. */
  askedForAll: boolean;
};

async function readCursor(db: Db, settings: Settings): Promise<Cursor> {
  const { rows } = await sql<Cursor>`
    SELECT position, clock_timestamp() AS "startedAt",
      EXISTS (
        SELECT FROM webhook_events WHERE source = 'webhook'
          AND received_at > now() - make_interval(secs => ${settings.WEBHOOK_SILENCE_SECONDS})
      ) AS "webhooksArrive",
      EXISTS (SELECT FROM payments WHERE due_at IS NOT NULL) AS "openPayments",
      coalesce((findings -> 'askedForAll')::boolean, false) AS "askedForAll"
    FROM stripe_cursors WHERE name = 'events'`.execute(db);
  if (!rows[0]) throw new Error("The row of Stripe's event cursor is missing: run migrations.");
  return rows[0];
}

/**
 * The position is never ahead of Stripe's clock: a poll from then on would ask for what is yet to
 * come. A slow poll may set it back, which costs reading twice.
 */
async function moveCursor(
  db: Db,
  settings: Settings,
  position: Date,
  askedForAll: boolean,
): Promise<void> {
  await sql`
    UPDATE stripe_cursors SET version = version + 1, position = ${position},
      findings = jsonb_build_object('askedForAll', ${askedForAll}::boolean),
      due_at = now() + make_interval(secs => ${settings.EVENT_POLL_SECONDS}),
      round = 0, sweeps = 0, last_error = NULL
    WHERE name = 'events'`.execute(db);
}
