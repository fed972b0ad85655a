import { Queue } from "bullmq";
import { sql } from "kysely";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import type { Role } from "../../src/ops/access/roles.ts";
import { quiet } from "../support/settings.ts";
import { waitFor } from "../support/wait-for.ts";
import { chromium, useTheatre } from "./support/use-theatre.ts";

describe.runIf(chromium)("Bull Board in a browser", () => {
  // The sweeper would clear a job that no row waits for before anybody can click on it.
  const theatre = useTheatre({ SWEEP_SECONDS: "600" });
  const jobId = "start_payment-of-nobody-1-0";
  let queue: Queue;
  let db: Db;

  beforeAll(async () => {
    const { QUEUE_PREFIX: prefix = "" } = theatre.world.settings;
    db = connect({ DATABASE_URL: theatre.world.databaseUrl, DATABASE_POOL: 1 }, quiet);
    queue = new Queue("payment", { connection: { url: theatre.world.redisUrl }, prefix });
    await queue.add("start_payment", { order: "4Q7K-9M2X-P0TZ" }, { jobId, attempts: 1 });
    await waitFor("the job to fail", async () => (await queue.getJobState(jobId)) === "failed");
  });
  afterAll(async () => {
    await queue?.close();
    await db?.destroy();
  });

  async function failedJobs(role: Role): Promise<Page> {
    const page = await theatre.sit(role);
    await page.goto("/ops/queues/queue/payment?status=failed");
    await page.getByText("start_payment 4Q7K-9M2X-P0TZ").first().waitFor();
    return page;
  }

  test("has no button for a viewer, and a link to the order for all", async () => {
    const page = await failedJobs("viewer");
    expect(await page.getByRole("button", { name: /retry|clean/i }).count()).toBe(0);
    const link = page.locator('a[href="/ops/orders/4Q7K-9M2X-P0TZ"]').first();
    expect(await link.isVisible()).toBe(true);
  });

  test("tries a job again at an operator's click, and has it on record", async () => {
    const page = await failedJobs("operator");
    const before = (await queue.getJob(jobId))?.processedOn ?? 0;
    await page.getByRole("button", { name: "Retry all" }).click();
    await page.getByRole("button", { name: "Confirm" }).click();
    await waitFor("the job to be worked again", async () => {
      const job = await queue.getJob(jobId);
      return (job?.processedOn ?? 0) > before && (await job?.isFailed());
    });
    const { rows } = await sql<{ actor: string; subject: string }>`
      SELECT actor, subject FROM operator_acts WHERE act = 'requeue_job'`.execute(db);
    expect(rows).toEqual([{ actor: "ops:operator", subject: `payment/${jobId}` }]);
  });
});
