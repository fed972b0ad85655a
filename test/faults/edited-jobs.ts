import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { QueueName } from "../../src/queues/hint.ts";
import { queues } from "../../src/queues/index.ts";
import { tableOf } from "../../src/queues/waiting-rows.ts";
import type { Dice } from "../support/dice.ts";
import { waitFor } from "../support/wait-for.ts";
import type { Track } from "./race-track.ts";

/** A job that stands in the failed set, and what an operator, or a flaw, has made of its data. */
export type Edited = {
  queue: QueueName;
  kind: string;
  data: unknown;
  /** True where no handler can make sense of it. */
  isGarbage: boolean;
};

const fewestOthers = 50;

const kinds = queues.flatMap(({ name: queue, jobs }) =>
  Object.keys(jobs).map((kind) => ({ queue, kind })),
);

/**
 * Each kind of job with every row of its own, then any kind with a row of any, or with none: old
 * versions, other orders' ids and numbers, and wishes that no job has.
 */
export async function chooseEdits({ db }: Track, count: number, chance: Dice): Promise<Edited[]> {
  const { rows } = await sql<{ table: string; id: string }>`
    SELECT 'orders' AS "table", id::text FROM orders
    UNION ALL SELECT 'payments', id::text FROM payments
    UNION ALL SELECT 'refunds', id::text FROM refunds
    UNION ALL SELECT 'notifications', id::text FROM notifications
    UNION ALL SELECT 'webhook_events', id FROM webhook_events
    UNION ALL SELECT 'stripe_cursors', name FROM stripe_cursors`.execute(db);
  const orders = await db.selectFrom("orders").select("number").execute();
  const own = kinds.flatMap(({ queue, kind }) =>
    rows
      .filter(({ table }) => table === tableOf(kind)?.name)
      .map(({ id }) => ({ queue, kind, id })),
  );
  const anyIds = [...rows.map(({ id }) => id), randomUUID(), "evt_never_sent"];
  const others = Array.from({ length: Math.max(fewestOthers, count - own.length) }, () => ({
    ...chance.pick(kinds),
    id: chance.pick(anyIds),
  }));
  const numbers = [null, "0000-0000-0000", ...orders.map(({ number }) => number)];
  const wishes = [{}, { status: "paid" }, { amountMinor: 1 }, { refund: "full", force: true }];
  return chance.shuffled([...own, ...others]).map(({ queue, kind, id }) => {
    const hint = { id, version: chance.below(9), order: chance.pick(numbers) };
    const data = { ...hint, bucket: chance.below(1_000_000), ...chance.pick(wishes) };
    return { queue, kind, data, isGarbage: false };
  });
}

/** What is no job at all: data of every shape, and kinds that no queue has. */
export function chooseGarbage(chance: Dice): Edited[] {
  const shapes = [
    ...[null, "text", 7, true, [], {}, { id: 5 }, { id: null }, { id: ["x"], version: "1" }],
    ...[{ id: "x".repeat(20_000), version: -1 }, { id: "'; DROP TABLE orders; --" }],
    { version: 1, order: { number: "x" } },
  ];
  const malformed = kinds.flatMap(({ queue, kind }) =>
    shapes.map((data) => ({ queue, kind, data, isGarbage: true })),
  );
  const unknown = queues.flatMap(({ name: queue }) =>
    ["refund_everything", "constructor", "__proto__", kinds.find((k) => k.queue !== queue)?.kind]
      .filter((kind) => kind !== undefined)
      .map((kind) => ({
        ...{ queue, kind, isGarbage: true },
        data: { id: randomUUID(), version: 1, order: null },
      })),
  );
  return chance.shuffled([...malformed, ...unknown]);
}

/** Jobs of every kind that stand in the failed sets, since they made no sense. */
export async function failJobs(track: Track, wanted: readonly Edited[]): Promise<void> {
  for (const [nth, { queue, kind }] of wanted.entries()) {
    const options = { attempts: 1, removeOnComplete: true, jobId: `old-${nth}` };
    await track.hints.queue(queue).add(kind, {}, options);
  }
  const haveFailed = async () => (await failedJobs(track)).length === wanted.length;
  await waitFor("all of them to fail", haveFailed, { timeoutMs: 60_000 });
}

export async function failedJobs({ hints }: Track) {
  const sets = queues.map(({ name }) => hints.queue(name).getFailed());
  return (await Promise.all(sets)).flat();
}

export async function editJobs({ hints }: Track, edits: readonly Edited[]): Promise<void> {
  for (const [nth, { queue, data }] of edits.entries()) {
    const job = await hints.queue(queue).getJob(`old-${nth}`);
    await job?.updateData(data);
  }
}
