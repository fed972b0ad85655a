import { sql } from "kysely";
import { expect, test } from "vitest";
import { useApi } from "../support/api.ts";
import { addProduct, placeOrder } from "../support/shop-floor.ts";

const api = useApi();

test("is alive without asking anybody", async () => {
  expect(await api.ask("/livez")).toMatchObject({ status: 200, body: { status: "alive" } });
});

test("is ready without Redis, and says that it is away", async () => {
  expect(await api.ask("/readyz")).toMatchObject({
    status: 200,
    body: { status: "ready", postgresql: "ready", redis: expect.stringContaining("away") },
  });
});

test("tells how long the oldest row has been overdue", async () => {
  expect((await api.ask("/readyz")).body.oldestOverdueSeconds).toBe(0);
  await addProduct(api, "MUG");
  const { body } = await placeOrder(api, "MUG");
  await sql`UPDATE orders SET due_at = now() - interval '90 s' WHERE id = ${body.id}`.execute(
    api.db,
  );
  const { oldestOverdueSeconds } = (await api.ask("/readyz")).body;
  expect(oldestOverdueSeconds).toBeGreaterThanOrEqual(90);
  expect(oldestOverdueSeconds).toBeLessThan(120);
});

test("raises an alarm when no sweeper has shown itself for 30 s, and is still ready", async () => {
  const beat = (ago: number) =>
    sql`INSERT INTO heartbeats (instance, role, at)
      VALUES ('one', 'sweeper', now() - make_interval(secs => ${ago}))
      ON CONFLICT (instance) DO UPDATE SET at = excluded.at`.execute(api.db);
  const readSweeper = async () => {
    const { status, body } = await api.ask("/readyz");
    expect(status).toBe(200);
    return body.sweeper;
  };
  expect(await readSweeper()).toEqual({ lastBeatSeconds: null, alarm: true });
  await beat(31);
  expect(await readSweeper()).toMatchObject({ alarm: true });
  await beat(1);
  expect(await readSweeper()).toMatchObject({ alarm: false });
});
