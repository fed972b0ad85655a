import { afterAll, beforeAll, expect, test } from "vitest";
import { openApi, type TestApi } from "../../support/api.ts";
import { useDatabase } from "../../support/database.ts";
import { type Gate, startGate } from "../../support/gate.ts";
import { type AtBrowser, signInTo } from "../../support/operators.ts";
import { useRedis } from "../../support/redis.ts";
import { waitFor } from "../../support/wait-for.ts";

const database = useDatabase();
const redis = useRedis();
let gate: Gate;
let api: TestApi & { close(): Promise<unknown> };
let operator: AtBrowser;

beforeAll(async () => {
  gate = await startGate(redis.url);
  gate.close();
  api = await openApi(database.url, { url: gate.url, prefix: redis.prefix });
  operator = await signInTo(api);
});
afterAll(async () => {
  gate.open();
  await api.close();
  await gate.end();
});

const ask = (path: string, accept: string) =>
  api.ask(`/ops/queues${path}`, { headers: { ...operator.headers, accept } });

async function isAway(): Promise<boolean> {
  const startedAt = performance.now();
  const [page, list] = await Promise.all([
    ask("", "text/html"),
    ask("/api/queues", "application/json"),
  ]);
  expect(performance.now() - startedAt).toBeLessThan(4_000);
  if (page.status !== 503 || list.status !== 503) return false;
  expect(page.body).toContain("Redis does not answer");
  return true;
}

const isThere = async () => (await ask("/api/queues", "application/json")).status === 200;

test("says at once that Redis is away, and works as soon as it is there", async () => {
  expect(await isAway()).toBe(true);
  gate.open();
  await waitFor("the queues", isThere);
  for (const how of ["close", "freeze", "close"] as const) {
    gate[how]();
    await waitFor("the notice", isAway, { timeoutMs: 15_000 });
    gate.open();
    await waitFor("the queues", isThere, { timeoutMs: 15_000 });
  }
  expect((await api.ask("/livez")).status).toBe(200);
});
