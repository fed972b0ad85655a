import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { jobsOf, readBundle } from "../../src/queues/bundle.ts";
import { type Hint, jobIdOf } from "../../src/queues/hint.ts";
import { isBundled, queues } from "../../src/queues/index.ts";

function hintsOf(kind: string, count: number): Hint[] {
  return Array.from({ length: count }, (_, round) => ({
    ...{ queue: "payment", kind, id: randomUUID(), version: 3, round, order: `N-${round}` },
  }));
}

const always = () => true;

test("hints of one kind go twenty to a job, which names all that theirs would", () => {
  const hints = hintsOf("start_payment", 45);
  const jobs = jobsOf(hints, always);
  expect(jobs.map(({ name }) => name)).toEqual(Array(3).fill("start_payment"));
  const rows = jobs.map(({ data }) => readBundle(data) ?? []);
  expect(rows.map(({ length }) => length)).toEqual([20, 20, 5]);
  expect(rows.flat().map((row) => ({ queue: "payment", kind: "start_payment", ...row }))).toEqual(
    hints,
  );
});

test("a hint that is alone, or of another kind, has the job that is its row's own", () => {
  const hints = [...hintsOf("start_payment", 1), ...hintsOf("start_refund", 2)];
  const jobs = jobsOf(hints, ({ kind }) => kind === "start_payment");
  expect(jobs.map(({ opts }) => opts.jobId).toSorted()).toEqual(hints.map(jobIdOf).toSorted());
  expect(jobs.map(({ data }) => readBundle(data))).toEqual([null, null, null]);
  const { id, version, order } = hints[0] as Hint;
  expect(jobs.at(-1)?.data).toEqual({ id, version, order });
});

test("two bundles are two, though they begin with the same row", () => {
  const [first, ...others] = hintsOf("sync_payment", 3) as [Hint, Hint, Hint];
  const ids = others.flatMap((other) =>
    jobsOf([first, other], always).map(({ opts }) => opts.jobId),
  );
  expect(new Set(ids).size).toBe(2);
  expect(ids).not.toContain(jobIdOf(first));
});

test("what is no bundle is not read as one", () => {
  expect(readBundle({ rows: [{ id: "" }] })).toBeNull();
  expect(readBundle({ id: "rows" })).toBeNull();
  expect(readBundle("rows")).toBeNull();
});

test("what every order needs goes together, and nothing else", () => {
  const kinds = queues.flatMap(({ name, jobs }) =>
    Object.keys(jobs).filter((kind) => isBundled({ queue: name, kind })),
  );
  expect(kinds).toEqual(["reserve", "start_payment", "sync_payment", "send_message"]);
});
