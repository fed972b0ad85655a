import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { patiently } from "../../db/patience.ts";
import { inTransaction, type Trx } from "../../db/transaction.ts";
import { orderOfEvent } from "../facts/order-of-event.ts";
import type { ActMeans, Done, Plan } from "./act.ts";
import { type ActRequest, type Performer, readWish } from "./act-request.ts";
import { type ActAnswer, followUp, perform } from "./perform.ts";
import { type ActInHand, findRecorded, inHand, lockKey, type Recorded, record } from "./record.ts";
import { rehearse } from "./rehearse.ts";
import { replay, replayInput } from "./replay-webhook.ts";
import { requeue, requeueInput, rowOfJob } from "./requeue-job.ts";

/** What may be done without naming an order. */
export const looseActs = ["replay_webhook", "requeue_job"] as const;
export type LooseAct = (typeof looseActs)[number];
export type LooseRequest = Omit<ActRequest, "order" | "act"> & { act: LooseAct };

/**
 * Replays an event, or requeues a job, by its own id. Where an order is known for it, it is that
 * order's act, at the version that the operator saw; else only the audit has it.
 */
export async function performWithoutOrder(
  means: ActMeans,
  performer: Performer,
  request: LooseRequest,
): Promise<ActAnswer> {
  const { db } = means;
  const wish = readWish(performer, request);
  const wanted = inHand(wish, performer, null, means.serverKey);
  const order = await findOrderOf(db, request.act, wish.input);
  if (order !== null) {
    const before = request.dryRun ? null : await findLoose(db, wanted);
    return before ? doneBefore(before) : perform(means, performer, { ...request, order });
  }
  const work = (trx: Trx) => doIt(trx, means, request.act, wish.input);
  if (request.dryRun) {
    const effects = ["It belongs to no order. It is looked at again, and its job decides."];
    const plan: Plan = { possible: true, effects };
    return { kind: "planned", plan: (await rehearse(db, plan, work)) ?? plan, order: null };
  }
  const onRecord = async (trx: Trx) => {
    await lockKey(trx, wanted);
    const before = await findRecorded(trx, wanted);
    if (before) return { before };
    const done = await work(trx);
    await record(trx, wanted, done);
    return { done };
  };
  const result = await patiently(() => inTransaction(db, onRecord));
  if (result.before) return doneBefore(result.before);
  const { done } = result;
  await followUp(means, wanted, done);
  const { sentence, outcome } = done;
  const about = { actId: wanted.actId, sentence, outcome, order: null };
  return { kind: "done", replayed: false, ...about };
}

function doneBefore(before: Recorded): ActAnswer {
  return { kind: "done", replayed: true, ...before, order: null };
}

/** What was done under this key while no order was known: a replay may find one. */
async function findLoose(db: Db, wanted: ActInHand<{ name: string }>): Promise<Recorded | null> {
  const row = await db
    .selectFrom("operator_acts")
    .select("id")
    .where("actor", "=", wanted.actor)
    .where("idempotency_key", "=", wanted.idempotencyKey)
    .where("order_id", "is", null)
    .executeTakeFirst();
  return row ? await findRecorded(db, wanted) : null;
}

function doIt(trx: Trx, means: ActMeans, act: LooseAct, input: unknown): Promise<Done> {
  return act === "replay_webhook"
    ? replay(trx, means, replayInput.parse(input).eventId)
    : requeue(trx, means, requeueInput.parse(input));
}

/** The order whose event or job it is, or null. */
async function findOrderOf(db: Db, act: LooseAct, input: unknown): Promise<string | null> {
  const row =
    act === "replay_webhook"
      ? { name: "webhook_events", idType: "text", id: replayInput.parse(input).eventId }
      : jobRow(requeueInput.parse(input).jobId);
  if (row === null) return null;
  if (row.name === "orders") return row.id;
  const found =
    row.name === "webhook_events"
      ? sql`SELECT ${orderOfEvent} AS id FROM webhook_events AS e WHERE e.id = ${row.id}`
      : sql`SELECT order_id AS id FROM ${sql.table(row.name)} 
          WHERE id = ${row.id}::${sql.raw(row.idType)}`;
  const { rows } = await sql<{ id: string | null }>`${found} LIMIT 1`.execute(db);
  return rows[0]?.id ?? null;
}

function jobRow(jobId: string): { name: string; idType: string; id: string } | null {
  const row = rowOfJob(jobId);
  if (row?.table.id !== "id") return null;
  const { name, idType } = row.table;
  return { name, idType, id: row.id };
}
