import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { jobIdOf } from "../../src/queues/hint.ts";
import { reservationQueue } from "../../src/queues/reservation.ts";
import type { RunningWorker } from "../../src/workers/run-worker.ts";
import { waitFor } from "../support/wait-for.ts";
import { work } from "./paying.ts";
import { reserveHint, useQueues } from "./queue-desk.ts";

const desk = useQueues();
const queue = () => desk.hints.queue("reservation");
afterEach(() => queue().obliterate({ force: true }));

/** More rows than are worked at a time, and none ends before the gate opens. */
function heldRows() {
  const ids = Array.from({ length: 160 }, () => randomUUID());
  const gate = Promise.withResolvers<undefined>();
  const begun: string[] = [];
  const reserve = async ({ id }: { id: string }) => {
    begun.push(id);
    return await gate.promise;
  };
  return { ids, gate, begun, reserve };
}

/** As the sweeper does, once a row's lease is over; waits until that job has ended. */
async function sendItself({ worker }: RunningWorker, id: string): Promise<void> {
  const own = jobIdOf(reserveHint(id));
  const ended = new Promise<void>((resolve) => {
    worker.on("completed", (job) => {
      if (job.id === own) resolve();
    });
  });
  desk.hints.sendEach([reserveHint(id)]);
  await ended;
}

test("a row's own job finds it under way, and does nothing", async () => {
  const ids = [randomUUID(), randomUUID()];
  const [slow = ""] = ids;
  const gate = Promise.withResolvers<undefined>();
  const worked: string[] = [];
  const reserve = async ({ id }: { id: string }) => {
    worked.push(id);
    return id === slow ? await gate.promise : undefined;
  };
  const running = work(reservationQueue, { reserve, end_draft: reserve }, desk);
  desk.hints.send(ids.map((id) => reserveHint(id)));
  await waitFor("both rows", () => worked.length === 2 || undefined);
  await sendItself(running, slow);
  gate.resolve(undefined);
  await waitFor("the end", () => running.active() === 0 || undefined);
  expect(worked.filter((id) => id === slow)).toHaveLength(1);
});

test("a row that waits for its turn in a taken bundle is under way, too", async () => {
  const { ids, gate, begun, reserve } = heldRows();
  const running = work(reservationQueue, { reserve, end_draft: reserve }, desk);
  desk.hints.send(ids.map((id) => reserveHint(id)));
  await waitFor("as many as there are places", () => begun.length === 100 || undefined);
  const waiting = ids.find((id) => !begun.includes(id)) ?? "";
  await sendItself(running, waiting);
  expect(begun).not.toContain(waiting);
  gate.resolve(undefined);
  await waitFor("the end", () => running.active() === 0 || undefined);
  expect(begun.toSorted()).toEqual(ids.toSorted());
});

test("a bundle that was lost and comes back to the same worker is under way again", async () => {
  const ids = [randomUUID(), randomUUID()];
  const gates = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const begun: string[] = [];
  const reserve = async ({ id }: { id: string }) => {
    const nth = begun.filter((each) => each === id).length;
    begun.push(id);
    return await gates[nth]?.promise;
  };
  // It hears of the loss within a second, long before the bundle is taken again.
  const settings = { ...desk.settings, JOB_LOCK_SECONDS: 2, STALLED_SECONDS: 3 };
  const handlers = { reserve, end_draft: reserve };
  const running = work(reservationQueue, handlers, { ...desk, settings });
  desk.hints.send(ids.map((id) => reserveHint(id)));
  await waitFor("it to be taken", () => begun.length === 2 || undefined);
  const [bundle] = await queue().getActive();
  await desk.redis.del(`${queue().toKey(bundle?.id ?? "")}:lock`);
  await waitFor("it to be taken again", () => begun.length === 4 || undefined);
  // What the run that lost it leaves behind is not taken for the other's end.
  gates[0]?.resolve(undefined);
  for (const id of ids) await sendItself(running, id);
  expect(begun).toHaveLength(4);
  gates[1]?.resolve(undefined);
  await waitFor("the end", () => running.active() === 0 || undefined);
});

test.each([
  ["before it has renewed its own: it goes on", 60, false],
  ["after that: it is told", 0.4, true],
])("a run hears of a lost lock of its job %s", async (_, JOB_LOCK_SECONDS, isTold) => {
  const gate = Promise.withResolvers<undefined>();
  const signals: AbortSignal[] = [];
  const reserve = async (_: object, { signal }: { signal: AbortSignal }) => {
    signals.push(signal);
    return await gate.promise;
  };
  const settings = { ...desk.settings, JOB_LOCK_SECONDS };
  const handlers = { reserve, end_draft: reserve };
  const { worker } = work(reservationQueue, handlers, { ...desk, settings });
  desk.hints.send([reserveHint(randomUUID())]);
  const signal = await waitFor("it to be taken", () => signals[0]);
  const [job] = await queue().getActive();
  const hear = () => worker.emit("lockRenewalFailed", [job?.id ?? ""]);
  if (isTold) await waitFor("it to be told", () => (hear() && signal.aborted) || undefined);
  else hear();
  expect(signal.aborted).toBe(isTold);
  gate.resolve(undefined);
});

test("a worker that stops begins no more rows, and sends them again", async () => {
  const { ids, gate, begun, reserve } = heldRows();
  const { worker } = work(reservationQueue, { reserve, end_draft: reserve }, desk);
  desk.hints.send(ids.map((id) => reserveHint(id)));
  await waitFor("as many as there are places", () => begun.length === 100 || undefined);
  const closed = worker.close();
  await waitFor("it to be closing", () => worker.closing !== undefined);
  gate.resolve(undefined);
  await closed;
  // One that was sent again may come back before the worker has closed its ears.
  expect(begun.length).toBeLessThanOrEqual(101);
  const left = ids.filter((id) => !begun.includes(id)).map((id) => jobIdOf(reserveHint(id)));
  await waitFor(
    "the others",
    async () => (await queue().getWaitingCount()) >= left.length || undefined,
  );
  const waiting = await queue().getWaiting();
  expect(waiting.map(({ id }) => id).toSorted()).toEqual(left.toSorted());
});

test("a worker whose lock is lost begins no more rows", async () => {
  const { ids, gate, begun, reserve } = heldRows();
  // Nobody else takes what it has lost.
  const settings = { ...desk.settings, JOB_LOCK_SECONDS: 0.4, STALLED_SECONDS: 600 };
  const handlers = { reserve, end_draft: reserve };
  const { worker, active } = work(reservationQueue, handlers, { ...desk, settings });
  const lost: string[] = [];
  worker.on("lockRenewalFailed", (jobs: string[]) => lost.push(...jobs));
  desk.hints.send(ids.map((id) => reserveHint(id)));
  await waitFor("all bundles to be taken", () => active() === 8 || undefined);
  await waitFor("as many as there are places", () => begun.length === 100 || undefined);
  const bundles = await queue().getActive();
  await desk.redis.del(bundles.map(({ id }) => `${queue().toKey(id ?? "")}:lock`));
  await waitFor("it to notice", () => bundles.every(({ id }) => lost.includes(id ?? "")));
  gate.resolve(undefined);
  await waitFor("the end", () => active() === 0 || undefined);
  expect([bundles.length, begun.length]).toEqual([8, 100]);
});
