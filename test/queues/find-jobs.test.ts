import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { type Hint, jobIdOf } from "../../src/queues/hint.ts";
import { waitFor } from "../support/wait-for.ts";
import { useQueues } from "../workers/queue-desk.ts";

const desk = useQueues();
const queue = () => desk.hints.queue("reservation");
afterEach(() => queue().obliterate({ force: true }));

function hintsOf(count: number): Hint[] {
  return Array.from({ length: count }, () => ({
    ...{ queue: "reservation", kind: "reserve", id: randomUUID(), version: 2, round: 0 },
    order: null,
  }));
}

const wantedFor = (hint: Hint) => ({ queue: hint.queue, id: jobIdOf(hint), rowId: hint.id });
const found = (hints: readonly Hint[]) => desk.hints.find(hints.map(wantedFor));

/** Sends what one commit left, and waits until so many jobs stand in line. */
async function sent(hints: readonly Hint[], jobs: number): Promise<void> {
  desk.hints.send(hints);
  await waitFor("the jobs", async () => (await queue().getWaitingCount()) === jobs || undefined);
}

test("rows are found in the bundle that carries them, while it waits and at work", async () => {
  const hints = hintsOf(12);
  await sent(hints, 1);
  const [bundle] = await queue().getWaiting();
  const [, second, , fourth] = hints as [Hint, Hint, Hint, Hint];
  const about = { queue: "reservation", id: bundle?.id, kind: "reserve", rows: 12 };
  const addedAt = new Date(bundle?.timestamp ?? 0);
  expect(await found([second, fourth, ...hintsOf(1)])).toMatchObject([
    { ...about, addedAt, state: "waiting", rowId: second.id },
    { ...about, addedAt, state: "waiting", rowId: fourth.id },
  ]);
  await desk.redis.lmove(queue().toKey("wait"), queue().toKey("active"), "RIGHT", "LEFT");
  expect(await found([second])).toMatchObject([{ ...about, state: "active", rowId: second.id }]);
  expect(await found(hintsOf(2))).toEqual([]);
});

test("a row's own job is found beside the bundle that it was in", async () => {
  const [first, second] = hintsOf(2) as [Hint, Hint];
  await sent([first, second], 1);
  desk.hints.sendAgain(first);
  await waitFor("its own", () => queue().getJob(jobIdOf(first)));
  expect(await found([first])).toMatchObject([
    { id: jobIdOf(first), rows: 1, state: "delayed", rowId: first.id },
    { id: expect.stringMatching(/^reserve-bundle-/), rows: 2, state: "waiting", rowId: first.id },
  ]);
});

test("of a long line the bundles are found that are worked next, and those at work", async () => {
  const first = hintsOf(20);
  const next = hintsOf(20);
  await sent(first, 1);
  await sent(next, 2);
  await desk.redis.lmove(queue().toKey("wait"), queue().toKey("active"), "RIGHT", "LEFT");
  const others = hintsOf(20 * 300);
  await sent(others, 301);
  const ofEach = [first[3], next[3], others[20 * 299 - 1], others[20 * 299]] as Hint[];
  const states = new Map((await found(ofEach))?.map(({ rowId, state }) => [rowId, state]));
  // The line is 301 long: the last stands too far back.
  const expected = ["active", "waiting", "waiting", undefined];
  expect(ofEach.map(({ id }) => states.get(id))).toEqual(expected);
});

test("rows are found in bundles also where more jobs are wanted than are looked up", async () => {
  const hints = hintsOf(2);
  await sent(hints, 1);
  const ofNobody = hintsOf(400);
  const waiting = hints.map(({ id: rowId }) => ({ rowId, rows: 2, state: "waiting" }));
  expect(await found([...ofNobody, ...hints])).toMatchObject(waiting);
  // The cut is over all queues: of this one no job is looked up by its id.
  const elsewhere = ofNobody.map((hint): Hint => ({ ...hint, queue: "payment" }));
  expect(await found([...elsewhere, ...hints])).toMatchObject(waiting);
  // By its id the 400th is found, and not the 401st.
  const [own] = ofNobody.slice(-1) as [Hint];
  desk.hints.sendAgain(own);
  await waitFor("its own", () => queue().getJob(jobIdOf(own)));
  expect(await found(ofNobody)).toMatchObject([{ rowId: own.id, rows: 1 }]);
  expect(await found([...hints.slice(0, 1), ...ofNobody])).toMatchObject(waiting.slice(0, 1));
});

test("a job that names a row and is no bundle is not taken for one", async () => {
  const [hint] = hintsOf(1) as [Hint];
  const jobId = `reserve-bundle-${randomUUID()}`;
  await queue().add("reserve", { rows: [], of: hint.id }, { jobId });
  expect(await found([hint])).toEqual([]);
});
