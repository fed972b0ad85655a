import { appRoutes } from "@bull-board/api/dist/routes.js";
import { beforeAll, describe, expect, test } from "vitest";
import { roles } from "../../../src/ops/access/roles.ts";
import { useBoard } from "../../support/board.ts";

const board = useBoard();
const jobId = "start_payment-of-somebody-1-0";

type Route = { method: string; path: string };

/** Every address that Bull Board itself knows. */
const routes = appRoutes.api.flatMap(({ method, route }) =>
  [route]
    .flat()
    .flatMap((path) => [method].flat().map((each) => ({ method: each.toUpperCase(), path }))),
);
const isRetry = ({ path }: Route) => path.endsWith("/:jobId/retry") || /retry\/:q/.test(path);
const reads = routes.filter(({ method }) => method === "GET");
const writes = routes.filter(({ method }) => method !== "GET");

const filled = (path: string, status = "failed") =>
  path
    .replace(":queueName", "payment")
    .replace(":jobId", jobId)
    .replace(":queueStatus", status)
    .replace(":schedulerId", "any");

describe.each(roles)("Bull Board to a %s", (role) => {
  beforeAll(async () => {
    if (!(await board.queue.getJob(jobId)))
      await board.failedJob(jobId, { order: "4Q7K-9M2X-P0TZ" });
  });

  test.each(reads)("shows $path, or nothing", async ({ method, path }) => {
    const { status } = await board.ask(role, method, filled(path));
    // We show neither what Redis says of itself nor the workers' addresses.
    expect(/stats|workers/.test(path) ? [403] : [200, 204, 404]).toContain(status);
  });

  test.each(writes.filter((route) => !isRetry(route)))("refuses $method $path", async (route) => {
    const before = await board.queue.getJob(jobId);
    const { status, body } = await board.ask(role, route.method, filled(route.path));
    expect([status, body.message]).toEqual([403, expect.stringContaining("tried again")]);
    const after = await board.queue.getJob(jobId);
    expect(JSON.stringify(after)).toBe(JSON.stringify(before));
    expect([after?.id, await board.queue.isPaused()]).toEqual([jobId, false]);
  });

  test.each(["completed", "waiting", "delayed", "active", "paused"])(
    "refuses to retry what is %s",
    async (status) => {
      const path = filled("/api/queues/:queueName/retry/:queueStatus", status);
      expect((await board.ask(role, "PUT", path)).status).toBe(403);
    },
  );

  test.each(writes.filter(isRetry))(
    "lets operators and admins alone $method $path",
    async (route) => {
      const { status, body } = await board.ask(role, route.method, filled(route.path));
      if (role === "viewer") {
        expect([status, body.code]).toEqual([403, "role_too_low"]);
        expect(await board.queue.getJobState(jobId)).toBe("failed");
      } else {
        expect(status).toBeLessThan(300);
        expect(await board.queue.getJobState(jobId)).toBe("waiting");
        await (await board.queue.getJob(jobId))?.remove();
        await board.failedJob(jobId, { order: "4Q7K-9M2X-P0TZ" });
      }
    },
  );

  test("offers buttons to those alone who may press them", async () => {
    const { body } = await board.ask(role, "GET", "/api/queues?activeQueue=payment&status=failed");
    const payment = body.queues.find(({ name }: { name: string }) => name === "payment");
    expect([payment.readOnlyMode, payment.allowRetries]).toEqual(
      role === "viewer" ? [true, false] : [false, true],
    );
  });
});

test("Bull Board knows addresses of every kind", () => {
  expect(reads.length).toBeGreaterThan(10);
  expect(writes.length).toBeGreaterThan(20);
  expect(writes.filter(isRetry)).toHaveLength(2);
});
