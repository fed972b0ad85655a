import type { OrderFacts } from "../facts/facts.ts";
import type { Advice } from "./rule.ts";

/** The advice to add a row's failed job again, where one is there. */
export function requeue({ jobs }: OrderFacts, rowId: string): Advice[] {
  const failed = jobs?.findLast((job) => job.rowId === rowId && job.state === "failed");
  return failed ? [{ act: "requeue_job", input: { queue: failed.queue, jobId: failed.id } }] : [];
}
