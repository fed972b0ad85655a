import { Queue, Worker } from "bullmq";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useApi } from "../../support/api.ts";
import { type AtBrowser, signInTo } from "../../support/operators.ts";
import { useRedis } from "../../support/redis.ts";
import { waitFor } from "../../support/wait-for.ts";

const redis = useRedis();
const api = useApi(redis);
const connection = { url: redis.url };
let queue: Queue;
let worker: Worker;
let operator: AtBrowser;

beforeAll(async () => {
  queue = new Queue("payment", { connection, prefix: redis.prefix });
  const work = async ({ id = "" }: { id?: string | undefined }) => {
    runs.set(id, (runs.get(id) ?? 0) + 1);
    if (!healed.has(id)) throw new Error("Stripe answered 500");
  };
  worker = new Worker("payment", work, { connection, prefix: redis.prefix });
  operator = await signInTo(api, "operator");
  await waitFor("Redis", async () => (await ask("GET", "/api/queues")).status === 200);
});
afterAll(async () => {
  await worker.close();
  await queue.close();
});

function ask(method: string, path: string, headers: Record<string, string> = {}) {
  return api.ask(`/ops/queues${path}`, { method, headers: { ...operator.headers, ...headers } });
}

/** How often the worker met each job, and which of them may succeed by now. */
const runs = new Map<string, number>();
const healed = new Set<string>();

/** A job that has failed for good. */
async function failedJob(name: string): Promise<string> {
  const jobId = `start_payment-${name}-1-0`;
  await queue.add("start_payment", { id: name, version: 1, order: "4Q7K-9M2X-P0TZ" }, { jobId });
  await waitFor("the job to fail", async () => (await queue.getJobState(jobId)) === "failed");
  expect(runs.get(jobId)).toBe(1);
  return jobId;
}

describe("Bull Board", () => {
  test("names each job by its kind and its order's number", async () => {
    const id = await failedJob("named");
    const { body } = await ask("GET", "/api/queues?activeQueue=payment&status=failed");
    const payment = body.queues.find((each: { name: string }) => each.name === "payment");
    const shown = payment.jobs.find((each: { id: string }) => each.id === id);
    expect(shown.name).toBe("start_payment 4Q7K-9M2X-P0TZ");
    expect(body.queues.map((each: { name: string }) => each.name)).toEqual([
      "reservation",
      "payment",
      "status",
      "notification",
    ]);
  });

  test("retries a failed job, and the job runs", async () => {
    const one = await failedJob("retried");
    healed.add(one);
    expect((await ask("PUT", `/api/queues/payment/${one}/retry`)).status).toBe(204);
    await waitFor("the job to run again", () => runs.get(one) === 2);
    const [two, three] = [await failedJob("retried-two"), await failedJob("retried-three")];
    for (const id of [two, three]) healed.add(id);
    expect((await ask("PUT", "/api/queues/payment/retry/failed")).status).toBe(200);
    await waitFor("both to run again", () => runs.get(two) === 2 && runs.get(three) === 2);
  });

  test("refuses to do anything for pages of other sites, or without a session", async () => {
    const id = await failedJob("foreign");
    const retry = `/api/queues/payment/${id}/retry`;
    const { "sec-fetch-site": _site, ...others } = operator.headers;
    const from = (headers: Record<string, string>) =>
      api.ask(`/ops/queues${retry}`, { method: "PUT", headers: { ...others, ...headers } });
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://evil.example", host: "api.test" },
      { origin: "null", host: "api.test" },
      {},
    ] as Record<string, string>[]) {
      expect((await from(headers)).status).toBe(403);
    }
    expect((await ask("PUT", retry, { "x-csrf-token": "" })).status).toBe(403);
    expect((await ask("PUT", retry, { cookie: "" })).status).toBe(401);
    expect(runs.get(id)).toBe(1);
    expect((await from({ origin: "http://api.test", host: "api.test" })).status).toBe(204);
  });

  test("loads nothing from elsewhere", async () => {
    const page = await ask("GET", "", { accept: "text/html" });
    expect(page.status).toBe(200);
    const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!);
    expect(loaded.length).toBeGreaterThan(3);
    for (const url of loaded.filter((each) => /\.(js|css)/.test(each))) {
      const asset = await ask("GET", `/${url}`);
      expect([url, asset.status]).toEqual([url, 200]);
    }
    expect(page.body).not.toMatch(/(?:src|href)="https?:/);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  });
});
