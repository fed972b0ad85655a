import { expect, test } from "vitest";
import { notificationQueue } from "../../src/queues/notification.ts";
import { waitFor } from "../support/wait-for.ts";
import { work } from "./paying.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues();
/** More than the places that a worker has for its other jobs. */
const slow = 100;

async function add(name: "deliver" | "send_message", count: number): Promise<void> {
  const jobs = Array.from({ length: count }, (_, version) => ({
    name,
    data: { id: crypto.randomUUID(), version, order: null },
  }));
  await desk.hints.queue("notification").addBulk(jobs);
}

test("a job that waits for somebody else's server takes no place from the others", async () => {
  const gate = Promise.withResolvers<undefined>();
  let calls = 0;
  let sent = 0;
  const handlers = {
    deliver: async () => {
      calls++;
      return await gate.promise;
    },
    send_message: async () => {
      sent++;
      return undefined;
    },
    probe_endpoint: async () => undefined,
  };
  const { worker } = work(notificationQueue, handlers, desk);
  const places = worker.concurrency;
  await add("deliver", slow);
  await waitFor("all slow jobs to be under way", () => calls === slow || undefined);
  await add("send_message", 3);
  await waitFor("the others", () => sent === 3 || undefined);

  gate.resolve(undefined);
  await waitFor("the places to be given back", () => worker.concurrency === places || undefined);
  // Nobody reads what went well: it leaves Redis at once.
  const counts = () => desk.hints.queue("notification").getJobCounts("completed", "active");
  await waitFor("the end", async () => (await counts())["active"] === 0 || undefined);
  expect(await counts()).toEqual({ completed: 0, active: 0 });
});
