import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { NotYet, Unavailable } from "../../src/errors.ts";
import { jobIdOf } from "../../src/queues/hint.ts";
import { reservationQueue } from "../../src/queues/reservation.ts";
import { waitFor } from "../support/wait-for.ts";
import { orderOf, reserving, work } from "./paying.ts";
import { reserveHint, useQueues } from "./queue-desk.ts";

const desk = useQueues({ QUICK_RETRY_SECONDS: 0.02, LEASE_SECONDS: 0.2 });
const queue = () => desk.hints.queue("reservation");
afterEach(() => queue().obliterate({ force: true }));

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
  desk.hints.send(ids.map((id) => reserveHint(id)));
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
  desk.hints.send(ids.map((id) => reserveHint(id)));
  const failed = await waitFor("the job in the failed set", async () => {
    const job = await queue().getJob(jobIdOf(reserveHint(bad)));
    return (await job?.isFailed()) ? job : undefined;
  });
  expect(failed.attemptsMade).toBe(2);
  expect(await queue().getFailedCount()).toBe(1);
  // Once in the bundle, and twice by itself, always under the job's own name.
  expect(tries.get(bad)).toEqual(Array(3).fill(jobIdOf(reserveHint(bad))));
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
  desk.hints.send(ids.map((id) => reserveHint(id)));
  await waitFor("its clock", async () => {
    const { last_error: reason } = await orderOf(desk, told);
    return reason?.startsWith("stripe_no_slot") || undefined;
  });
  await waitFor("the end", async () => (await queue().count()) === 0 || undefined);
  const { failed } = await queue().getJobCounts("failed");
  expect([worked, failed]).toEqual([2, 0]);
});

test("sent one by one, or where two may name one row, each row has one job", async () => {
  const ids = [randomUUID(), randomUUID()];
  for (let time = 0; time < 2; time++) {
    desk.hints.sendEach(ids.map((id) => reserveHint(id)));
    desk.hints.send(ids.map((id) => reserveHint(id, "end_draft")));
  }
  const wanted = ["reserve", "end_draft"].flatMap((kind) =>
    ids.map((id) => jobIdOf(reserveHint(id, kind))),
  );
  await waitFor("the jobs", async () => (await queue().count()) >= wanted.length || undefined);
  const jobs = await queue().getJobs(["waiting"]);
  expect(jobs.map(({ id }) => id).toSorted()).toEqual(wanted.toSorted());
});
