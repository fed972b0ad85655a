import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterEach, expect, test } from "vitest";
import { NotYet, Unavailable } from "../../src/errors.ts";
import { type Hint, jobIdOf } from "../../src/queues/hint.ts";
import { reservationQueue } from "../../src/queues/reservation.ts";
import { waitingTables } from "../../src/queues/waiting-rows.ts";
import { sweepDue } from "../../src/workers/sweep.ts";
import { waitFor } from "../support/wait-for.ts";
import { orderOf, reserving, work } from "./paying.ts";
import { useQueues } from "./queue-desk.ts";

const leaseSeconds = 0.2;
const desk = useQueues({ QUICK_RETRY_SECONDS: 0.02, LEASE_SECONDS: leaseSeconds });
const orders = waitingTables[0] as (typeof waitingTables)[number];
const queue = () => desk.hints.queue("reservation");
afterEach(() => queue().obliterate({ force: true }));

function hintOf(id: string, kind = "reserve"): Hint {
  return { queue: "reservation", kind, id, version: 2, round: 0, order: null };
}

/** Works the reservation queue: `act` is told of each row that comes, however it comes. */
function workRows(act: (id: string, jobId: string) => void): void {
  const handle = async ({ id }: { id: string }, { jobId }: { jobId: string }) => {
    act(id, jobId);
    return undefined;
  };
  work(reservationQueue, { reserve: handle, end_draft: handle }, desk);
}

test("the rows of one commit come in few jobs, and each is worked once", async () => {
  const ids = Array.from({ length: 45 }, () => randomUUID());
  desk.hints.send(ids.map((id) => hintOf(id)));
  await waitFor("the jobs", async () => (await queue().getWaitingCount()) === 3 || undefined);
  const worked: string[] = [];
  workRows((id) => worked.push(id));
  await waitFor("all rows", () => worked.length >= ids.length || undefined);
  await waitFor("the end", async () => (await queue().count()) === 0 || undefined);
  expect(worked.toSorted()).toEqual(ids.toSorted());
});

test("a row that fails gets a job of its own, and the others are done with", async () => {
  const bad = await reserving(desk, "parted");
  const ids = [randomUUID(), bad, randomUUID()];
  const tries = new Map<string, string[]>();
  workRows((id, jobId) => {
    tries.set(id, [...(tries.get(id) ?? []), jobId]);
    if (id === bad) throw new Unavailable("out_of_order", "This one does not work.");
  });
  desk.hints.send(ids.map((id) => hintOf(id)));
  const failed = await waitFor("the job in the failed set", async () => {
    const job = await queue().getJob(jobIdOf(hintOf(bad)));
    return (await job?.isFailed()) ? job : undefined;
  });
  expect(failed.attemptsMade).toBe(2);
  expect(await queue().getFailedCount()).toBe(1);
  // Once in the bundle, and twice by itself, always under the job's own name.
  expect(tries.get(bad)).toEqual(Array(3).fill(jobIdOf(hintOf(bad))));
  expect(ids.map((id) => tries.get(id)?.length)).toEqual([1, 3, 1]);
  expect(await orderOf(desk, bad)).toMatchObject({ round: 1, status: "reserving" });
});

test("a row that is told to come back later waits for its clock, without a job", async () => {
  const told = await reserving(desk, "told");
  const ids = [told, randomUUID()];
  let worked = 0;
  workRows((id) => {
    worked++;
    if (id === told) throw new NotYet("stripe_no_slot", "Not yet.", 60);
  });
  desk.hints.send(ids.map((id) => hintOf(id)));
  await waitFor("its clock", async () => {
    const { last_error: reason } = await orderOf(desk, told);
    return reason?.startsWith("stripe_no_slot") || undefined;
  });
  await waitFor("the end", async () => (await queue().count()) === 0 || undefined);
  const { failed } = await queue().getJobCounts("failed");
  expect([worked, failed]).toEqual([2, 0]);
});

test("a row's own job finds it under way, and does nothing", async () => {
  const ids = [randomUUID(), randomUUID()];
  const [slow = ""] = ids;
  const gate = Promise.withResolvers<undefined>();
  const worked: string[] = [];
  const reserve = async ({ id }: { id: string }) => {
    worked.push(id);
    return id === slow ? await gate.promise : undefined;
  };
  work(reservationQueue, { reserve, end_draft: reserve }, desk);
  desk.hints.send(ids.map((id) => hintOf(id)));
  await waitFor("both rows", () => worked.length === 2 || undefined);
  // As the sweeper does, once the row's lease is over.
  desk.hints.sendEach([hintOf(slow), hintOf(randomUUID())]);
  await waitFor("the other job", () => worked.length === 3 || undefined);
  await waitFor("its own job to end", async () => {
    return (await queue().getJobState(jobIdOf(hintOf(slow)))) === "unknown" || undefined;
  });
  gate.resolve(undefined);
  await waitFor("the end", async () => (await queue().count()) === 0 || undefined);
  expect(worked.filter((id) => id === slow)).toHaveLength(1);
});

test("a row whose bundle may still wait in line is not sent by itself", async () => {
  const ids = [await reserving(desk, "in-line-1"), await reserving(desk, "in-line-2")];
  desk.hints.send(ids.map((id) => hintOf(id)));
  const bundle = await waitFor("the bundle", async () => (await queue().getWaiting())[0]);
  const leasesEnd = () =>
    waitFor("the leases to end", async () => {
      const late = await desk.db
        .selectFrom("orders")
        .select("id")
        .where("id", "in", ids)
        .where("due_at", "<", sql<Date>`now()`)
        .execute();
      return late.length === 2 && Date.now() - bundle.timestamp > leaseSeconds * 1_000;
    });
  for (let sweep = 0; sweep < 4; sweep++) {
    await leasesEnd();
    expect(await sweepDue(desk, orders)).toBeGreaterThanOrEqual(2);
    expect((await queue().getWaiting()).map(({ id }) => id)).toEqual([bundle.id]);
  }

  // It was lost: nothing waits that is as old as their hints.
  await bundle.remove();
  await leasesEnd();
  await sweepDue(desk, orders);
  await waitFor("their own jobs", async () => (await queue().getWaitingCount()) >= 2 || undefined);
  const own = await queue().getWaiting();
  expect(own.map(({ id }) => id)).toEqual(
    expect.arrayContaining(ids.map((id) => jobIdOf(hintOf(id)))),
  );
});

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

test("a worker that stops begins no more rows, and sends them again", async () => {
  const { ids, gate, begun, reserve } = heldRows();
  const { worker } = work(reservationQueue, { reserve, end_draft: reserve }, desk);
  desk.hints.send(ids.map((id) => hintOf(id)));
  await waitFor("as many as there are places", () => begun.length === 100 || undefined);
  const closed = worker.close();
  await waitFor("it to be closing", () => worker.closing !== undefined);
  gate.resolve(undefined);
  await closed;
  // One that was sent again may come back before the worker has closed its ears.
  expect(begun.length).toBeLessThanOrEqual(101);
  const left = ids.filter((id) => !begun.includes(id)).map((id) => jobIdOf(hintOf(id)));
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
  desk.hints.send(ids.map((id) => hintOf(id)));
  await waitFor("all bundles to be taken", () => active() === 8 || undefined);
  await waitFor("as many as there are places", () => begun.length === 100 || undefined);
  const bundles = await queue().getActive();
  await desk.redis.del(bundles.map(({ id }) => `${queue().toKey(id ?? "")}:lock`));
  await waitFor("it to notice", () => bundles.every(({ id }) => lost.includes(id ?? "")));
  gate.resolve(undefined);
  await waitFor("the end", () => active() === 0 || undefined);
  expect([bundles.length, begun.length]).toEqual([8, 100]);
});

test("sent one by one, or where two may name one row, each row has one job", async () => {
  const ids = [randomUUID(), randomUUID()];
  for (let time = 0; time < 2; time++) {
    desk.hints.sendEach(ids.map((id) => hintOf(id)));
    desk.hints.send(ids.map((id) => hintOf(id, "end_draft")));
  }
  const wanted = ["reserve", "end_draft"].flatMap((kind) =>
    ids.map((id) => jobIdOf(hintOf(id, kind))),
  );
  await waitFor("the jobs", async () => (await queue().count()) >= wanted.length || undefined);
  const jobs = await queue().getJobs(["waiting"]);
  expect(jobs.map(({ id }) => id).toSorted()).toEqual(wanted.toSorted());
});
