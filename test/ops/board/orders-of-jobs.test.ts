import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, type Db } from "../../../src/db/connect.ts";
import { ordersOfJobs } from "../../../src/ops/board/orders-of-jobs.ts";
import { queues } from "../../../src/queues/index.ts";
import { useDatabase } from "../../support/database.ts";
import { quiet, testSettings } from "../../support/settings.ts";

const database = useDatabase();
let db: Db;
beforeAll(() => {
  db = connect(testSettings(database.url), quiet);
});
afterAll(() => db.destroy());

test("a job of any kind can be asked for its order", async () => {
  const kinds = queues.flatMap((queue) => Object.keys(queue.jobs));
  expect(kinds).toContain("probe_endpoint");
  const jobs = kinds.map((name) => ({ name, data: { id: randomUUID(), version: 1 } }));
  expect(await ordersOfJobs(db, jobs)).toEqual(kinds.map(() => null));
});
