import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import type { Db } from "../../db/connect.ts";
import { isOwnOrder } from "../../db/own-rows.ts";
import type { Trx } from "../../db/transaction.ts";

/** A problem that OrderTracker shows: of an order, or (null) of the whole installation. */
export type ShownProblem = { orderId: string | null; code: string };

/** One that those on call are to be told of, or told that it is over. */
export type Alarm = ShownProblem & { id: string; number: string | null };

/** A problem that is over comes back no sooner than so long after it was told. */
const quietMinutes = 60;

/** Of so many orders at a time at most those on call are told: each is looked at in every round. */
const mostOrders = 2_000;

/** Which problem a row is about: a unique index has the same words. */
const key = sql`coalesce(order_id, '00000000-0000-0000-0000-000000000000'), code`;

/** The orders that alarms are about: each is looked at anew, whatever the list shows. */
export async function ordersWithAlarms(db: Db): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT DISTINCT order_id AS id FROM alarms
    WHERE order_id IS NOT NULL AND status <> 'over'`.execute(db);
  return rows.map(({ id }) => id);
}

/**
 * Books what is shown at this moment, all of it. What is new begins its patience; what is shown no
 * more is forgotten if nobody was told, else it begins the patience of its end.
 */
export async function bookShown(
  trx: Trx,
  shown: readonly ShownProblem[],
  patienceSeconds: number,
): Promise<void> {
  const patience = sql`make_interval(secs => ${patienceSeconds})`;
  await sql`
    DELETE FROM alarms
    WHERE status = 'over' AND raised_at < now() - make_interval(mins => ${quietMinutes})`.execute(
    trx,
  );
  const wanted = sql`unnest(
    ${shown.map(() => uuidv7())}::uuid[],
    ${shown.map(({ orderId }) => orderId)}::uuid[], ${shown.map(({ code }) => code)}::text[]
  ) AS wanted (id, order_id, code)`;
  await sql`
    INSERT INTO alarms (id, order_id, code, due_at)
    SELECT id, order_id, code, now() + ${patience} FROM ${wanted}
    WHERE order_id IS NULL OR (
      EXISTS (SELECT FROM orders WHERE orders.id = order_id AND ${isOwnOrder})
      AND ${mostOrders} > (
        SELECT count(*) FROM alarms WHERE alarms.order_id IS NOT NULL AND status <> 'over'
      )
    )
    ORDER BY ${key} ON CONFLICT (${key}) DO NOTHING`.execute(trx);
  const isShown = sql`EXISTS (
    SELECT FROM ${wanted} WHERE wanted.code = alarms.code
      AND wanted.order_id IS NOT DISTINCT FROM alarms.order_id
  )`;
  await sql`DELETE FROM alarms WHERE status = 'shown' AND NOT ${isShown}`.execute(trx);
  // One that came back before its end was told has never been away.
  await sql`
    UPDATE alarms SET status = 'raised', gone_at = NULL, due_at = NULL
    WHERE status = 'gone' AND ${isShown}`.execute(trx);
  await sql`
    UPDATE alarms SET status = 'gone', gone_at = now(), due_at = now() + ${patience}
    WHERE status = 'raised' AND NOT ${isShown}`.execute(trx);
}

/** Takes the alarms whose patience is over: each is told once, and once that it is over. */
export async function takeDue(trx: Trx): Promise<{ raised: Alarm[]; over: Alarm[] }> {
  const take = async (from: "shown" | "gone", to: "raised" | "over") => {
    const { rows } = await sql<Alarm>`
      UPDATE alarms SET status = ${to}, due_at = NULL, raised_at = coalesce(raised_at, now())
      WHERE status = ${from} AND due_at <= now()
      RETURNING id, order_id AS "orderId", code,
        (SELECT number FROM orders WHERE orders.id = order_id) AS number`.execute(trx);
    return rows;
  };
  return { raised: await take("shown", "raised"), over: await take("gone", "over") };
}
