import { sql } from "kysely";
import { inTransaction } from "../db/transaction.ts";
import { eraseLateTexts, erasePageSize, erasePersons } from "../orders/erase-persons.ts";
import { deleteOld, type HouseMeans, inPages, type Page } from "./in-pages.ts";
import { dropUnheard, wakeForgotten } from "./tidy-deliveries.ts";

/** Erases persons whose time is over, and deletes old rows that nobody needs. */
export async function keepHouse(means: HouseMeans): Promise<void> {
  const { db, log } = means;
  const settled = sql`(SELECT settled_at FROM webhook_events WHERE id = event_id)`;
  const settledLongAgo = sql`${settled} < now() - interval '30 days'`;
  const done = await inPages(means, {
    parked: once(() => wakeForgotten(means)),
    visits: once(() => forgetVisits(means)),
    persons: erase(means),
    texts: eraseLate(means),
    keys: deleteOld(db, ["idempotency_keys", "created_at"], 7),
    bodies: deleteOld(db, ["webhook_bodies", "stored_at"], 30, settledLongAgo),
    unheard: dropUnheard(means),
    // So long they stay in the endpoints' logs.
    deliveries: deleteOld(db, ["webhook_deliveries", "ended_at"], 30),
    // What they told stands on their messages. Suppliers repeat a report for some days at most.
    reports: deleteOld(db, ["delivery_reports", "received_at"], 30),
  });
  if (done.persons > 0) log.info("persons_erased", { count: done.persons });
  if (done.unheard > 0) log.warn("webhooks_dropped", { count: done.unheard });
}

/** For what is never much. */
function once(act: () => Promise<void>): Page {
  return async () => {
    await act();
    return { count: 0, isMore: false };
  };
}

/** Of operators who are gone, of names that were tried, of processes that no longer are. */
async function forgetVisits({ db }: HouseMeans): Promise<void> {
  await sql`
    DELETE FROM operator_sessions WHERE expires_at < now() OR seen_at < now() - interval '1 day'
  `.execute(db);
  await sql`DELETE FROM sign_in_failures WHERE at < now() - interval '1 hour'`.execute(db);
  await sql`DELETE FROM heartbeats WHERE at < now() - interval '1 day'`.execute(db);
}

/** Whom others are at work on comes again in the next turn. */
function erase({ db }: HouseMeans): Page {
  let from = "-infinity";
  return async () => {
    const { persons, next } = await inTransaction(db, (trx) => erasePersons(trx, from));
    from = next ?? from;
    return { count: persons, isMore: next !== null };
  };
}

function eraseLate({ db }: HouseMeans): Page {
  return async () => {
    const count = await inTransaction(db, eraseLateTexts);
    return { count, isMore: count === erasePageSize };
  };
}
