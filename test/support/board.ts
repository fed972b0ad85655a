import { Queue, Worker } from "bullmq";
import { afterAll, beforeAll } from "vitest";
import type { Role } from "../../src/ops/access/roles.ts";
import { useApi } from "./api.ts";
import { type AtBrowser, signInTo } from "./operators.ts";
import { useRedis } from "./redis.ts";
import { quiet } from "./settings.ts";
import { waitFor } from "./wait-for.ts";

/** What a supplier may say of a person. */
const badNews = "550 <bob@shop.example> has no mailbox; call +447700900123";

/** Bull Board with an operator of each role before it, and the queue of payments behind it. */
export function useBoard() {
  const redis = useRedis();
  const api = useApi(redis, quiet);
  let queue: Queue | undefined;
  let people: Record<Role, AtBrowser> | undefined;
  const board = {
    api,
    get queue(): Queue {
      if (queue) return queue;
      throw new Error("The queue is opened in beforeAll.");
    },
    get people(): Record<Role, AtBrowser> {
      if (people) return people;
      throw new Error("Operators sign in in beforeAll.");
    },
    ask(role: Role, method: string, path: string, accept = "application/json") {
      const headers = { ...board.people[role].headers, accept };
      return api.ask(`/ops/queues${path}`, { method, headers });
    },
    /** A job that has failed for good, with whatever stands in it. */
    async failedJob(id: string, data: unknown): Promise<void> {
      await board.queue.add("start_payment", data, { jobId: id, attempts: 1 });
      const failing = new Worker("payment", () => Promise.reject(new Error(badNews)), {
        connection: { url: redis.url },
        prefix: redis.prefix,
      });
      const hasFailed = async () => (await board.queue.getJobState(id)) === "failed";
      await waitFor("the job to fail", hasFailed);
      await failing.close();
    },
  };
  beforeAll(async () => {
    queue = new Queue("payment", { connection: { url: redis.url }, prefix: redis.prefix });
    people = {
      viewer: await signInTo(api, "viewer"),
      operator: await signInTo(api, "operator"),
      admin: await signInTo(api, "admin"),
    };
    const isThere = async () => (await board.ask("viewer", "GET", "/api/queues")).status === 200;
    await waitFor("Redis", isThere);
  });
  afterAll(() => queue?.close());
  return board;
}
