import { describe, expect, onTestFinished, test } from "vitest";
import type { Handlers } from "../../src/queues/define-queue.ts";
import { reservationQueue } from "../../src/queues/reservation.ts";
import { type RunningWorker, runWorker } from "../../src/workers/run-worker.ts";
import { watch } from "../../src/workers/watchdog.ts";
import { waitFor } from "../support/wait-for.ts";
import { useQueues } from "./queue-desk.ts";

const patienceSeconds = 0.4;
/** As many jobs as a worker takes at the same time. */
const handful = 40;
const desk = useQueues();

type Work = Handlers<typeof reservationQueue>;

function started(reserve: Work["reserve"] = async () => undefined): RunningWorker {
  const handlers: Work = { reserve, end_draft: async () => undefined };
  const running = runWorker(reservationQueue, handlers, desk);
  onTestFinished(() => running.worker.close(true));
  return running;
}

/** The dog, and how often it would have ended the process. */
function watched(running: RunningWorker): () => number {
  let exits = 0;
  const { redis, log } = desk;
  const exit = () => void exits++;
  const dog = watch([running], { redis, log, patienceSeconds, exit });
  onTestFinished(() => dog.stop());
  return () => exits;
}

async function addJobs(count: number): Promise<void> {
  const jobs = Array.from({ length: count }, (_, version) => ({
    name: "reserve",
    data: { id: crypto.randomUUID(), version, order: null },
    opts: { removeOnComplete: true },
  }));
  await desk.hints.queue("reservation").addBulk(jobs);
}

/** The dog has had more than enough time to lose its patience. */
async function thricePatience(): Promise<void> {
  const end = performance.now() + patienceSeconds * 3_000;
  await waitFor("the time to pass", () => performance.now() > end || undefined);
}

describe("the watchdog", () => {
  test("lets a worker live that has nothing to do", async () => {
    const running = started();
    await running.worker.waitUntilReady();
    const exits = watched(running);
    await thricePatience();
    expect(exits()).toBe(0);
  });

  test("lets a worker live that has its hands full while jobs wait", async () => {
    const done = Promise.withResolvers<undefined>();
    const running = started(() => done.promise);
    await addJobs(handful + 2);
    await waitFor("its hands to be full", () => running.active() === handful || undefined);
    const exits = watched(running);
    await thricePatience();
    expect(exits()).toBe(0);
    done.resolve(undefined);
    await waitFor("the rest to be taken", async () => {
      const counts = await desk.hints.queue("reservation").getJobCounts("wait", "active");
      return (counts["wait"] ?? 0) + (counts["active"] ?? 0) === 0 || undefined;
    });
  });

  test("ends a process whose worker takes nothing while jobs wait", async () => {
    const running = started();
    await running.worker.waitUntilReady();
    // As after the events in which workers have been seen to fall silent for good.
    await running.worker.close(true);
    const exits = watched(running);
    const since = performance.now();
    await addJobs(3);
    await waitFor("the dog to act", () => exits() > 0 || undefined);
    expect(performance.now() - since).toBeGreaterThanOrEqual(patienceSeconds * 1_000 * 0.9);
  });
});
