import { expect, test } from "vitest";
import { requeueJob } from "../../../src/ops/acts/requeue-job.ts";
import { fieldsOf } from "../../../src/ops/pages/acts/act-fields.ts";
import { facts } from "./example-order.ts";

test("jobs of one row can be chosen, and one that carries several can't", () => {
  const [own] = facts.jobs ?? [];
  if (!own) throw new Error("The order has no job.");
  const jobs = [own, { ...own, id: "apply_event-bundle-1", rows: 12 }];
  const fields = fieldsOf(requeueJob, { facts: { ...facts, jobs }, given: {}, role: "operator" });
  const field = fields.find(({ name }) => name === "in.jobId");
  expect(field?.options?.map(({ value }) => value)).toEqual(["", own.id]);
});
