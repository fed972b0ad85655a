import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { jobsOf, readBundle } from "../../src/queues/bundle.ts";
import { type Hint, jobIdOf } from "../../src/queues/hint.ts";

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
  const [alone, ...others] = [...hintsOf("start_payment", 1), ...hintsOf("start_refund", 2)];
  const jobs = jobsOf([alone, ...others] as Hint[], (kind) => kind === "start_payment");
  expect(jobs.map(({ opts }) => opts.jobId)).toEqual(
    [alone, ...others].map((hint) => jobIdOf(hint as Hint)),
  );
  expect(jobs.map(({ data }) => readBundle(data))).toEqual([null, null, null]);
  expect(jobs[0]?.data).toEqual({ id: alone?.id, version: 3, order: "N-0" });
});

test("a bundle is no job of its first row's, and can't be taken for one", () => {
  const hints = hintsOf("start_payment", 2);
  const [job] = jobsOf(hints, always);
  expect(job?.opts.jobId).toBe(`${jobIdOf(hints[0] as Hint)}-and-1`);
  expect(readBundle({ rows: [{ id: "" }] })).toBeNull();
  expect(readBundle("rows")).toBeNull();
});
