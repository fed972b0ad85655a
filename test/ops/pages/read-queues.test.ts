import { Worker } from "bullmq";
import { describe, expect, test } from "vitest";
import { queuesPage } from "../../../src/ops/pages/queues/queues-page.ts";
import { readQueues } from "../../../src/ops/pages/queues/read-queues.ts";
import { waitFor } from "../../support/wait-for.ts";
import { useQueues } from "../../workers/queue-desk.ts";

const desk = useQueues();
const hint = (id: string) =>
  ({ queue: "payment", kind: "start_payment", id, version: 1, round: 0, order: null }) as const;

describe("the queues at this moment", () => {
  test("say what waits and since when, what failed, and what ended in each minute", async () => {
    const { hints, redis, settings } = desk;
    const queue = hints.queue("payment");
    hints.sendEach([hint("first"), hint("second"), hint("third")]);
    await waitFor("three jobs", async () => (await queue.getJobCounts("waiting"))["waiting"] === 3);
    const before = (await readQueues(hints, true)) ?? [];
    const payment = before.find(({ name }) => name === "payment");
    expect(payment).toMatchObject({ waiting: 3, active: 0, failed: 0 });
    expect(payment?.oldestAt?.getTime()).toBeLessThanOrEqual(Date.now());
    expect(payment?.completed).toEqual(Array(60).fill(0));

    const work = async ({ data }: { data: { id: string } }) => {
      if (data.id === "third") throw new Error("Stripe answered 500");
    };
    const worker = new Worker("payment", work, {
      connection: redis,
      prefix: settings.QUEUE_PREFIX,
      metrics: { maxDataPoints: 60 },
    });
    try {
      await waitFor(
        "one to fail",
        async () => (await queue.getJobCounts("failed"))["failed"] === 1,
      );
    } finally {
      await worker.close();
    }
    const after = (await readQueues(hints, true)) ?? [];
    const done = after.find(({ name }) => name === "payment");
    expect(done).toMatchObject({ waiting: 0, failed: 1, oldestAt: null });
    expect(sum(done?.completed)).toBe(2);
    expect(sum(done?.failures)).toBe(1);
    expect(done?.completed).toHaveLength(60);

    const html = String(await queuesPage(after, new Date()));
    expect(html).toContain('aria-label="payment: jobs done per minute over 60 minutes, 2 in all"');
    expect(html).toContain("/ops/queues/queue/payment?status=failed");
  });

  test("are not waited for where Redis is away", async () => {
    expect(await readQueues(desk.hints, false)).toBeNull();
  });
});

function sum(counts: readonly number[] = []): number {
  return counts.reduce((all, each) => all + each, 0);
}
