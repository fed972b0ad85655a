import { sql } from "kysely";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { useApi } from "../support/api.ts";
import { addProduct, placeOrder } from "../support/shop-floor.ts";

const api = useApi();

// The lag is asked for once a second: the tests turn that clock.
beforeAll(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterAll(() => void vi.useRealTimers());

async function askAfresh() {
  vi.advanceTimersByTime(1_001);
  return api.ask("/readyz");
}

test("is alive without asking anybody", async () => {
  expect(await api.ask("/livez")).toMatchObject({ status: 200, body: { status: "alive" } });
});

test("is ready without Redis, and says that it is away", async () => {
  expect(await api.ask("/readyz")).toMatchObject({
    status: 200,
    body: { status: "ready", postgresql: "ready", redis: expect.stringContaining("away") },
  });
});

test("says that nothing may be written to Stripe, and is ready all the same", async () => {
  expect((await askAfresh()).body.stripeWrites).toBe("allowed");
  const stop = (because: string | null) =>
    api.db.updateTable("installation").set({ stopped_because: because }).execute();
  await stop("acct_secret differs");
  const { status, body } = await askAfresh();
  expect(status).toBe(200);
  expect(body.stripeWrites).toContain("npm run installation");
  expect(body.stripeWrites).not.toContain("acct_secret");
  await stop(null);
});

const moveCursor = (seconds: number) =>
  sql`UPDATE stripe_cursors SET due_at = now() + make_interval(secs => ${seconds})`.execute(api.db);

test("tells how long the oldest row has been overdue", async () => {
  await moveCursor(3_600);
  expect((await askAfresh()).body.oldestOverdueSeconds).toBe(0);
  await addProduct(api, "MUG");
  const { body } = await placeOrder(api, "MUG");
  await sql`UPDATE orders SET due_at = now() - interval '90 s' WHERE id = ${body.id}`.execute(
    api.db,
  );
  const { oldestOverdueSeconds } = (await askAfresh()).body;
  expect(oldestOverdueSeconds).toBeGreaterThanOrEqual(90);
  expect(oldestOverdueSeconds).toBeLessThan(120);
  await sql`UPDATE orders SET due_at = now() + interval '1 h'`.execute(api.db);
  // Money that is on its way back waits, too.
  await sql`INSERT INTO breaks (id, object_id, fault, due_at)
    VALUES (gen_random_uuid(), 'pi_1', 'differs', now() - interval '300 s')
  `.execute(api.db);
  expect((await askAfresh()).body.oldestOverdueSeconds).toBeGreaterThanOrEqual(300);
  await moveCursor(-600);
  const late = (await askAfresh()).body.oldestOverdueSeconds;
  expect(late).toBeGreaterThanOrEqual(600);
  // However many ask, they get what is known for a second.
  await moveCursor(-1_200);
  const answers = await Promise.all(Array.from({ length: 50 }, () => api.ask("/readyz")));
  expect(new Set(answers.map(({ body }) => body.oldestOverdueSeconds))).toEqual(new Set([late]));
  expect((await askAfresh()).body.oldestOverdueSeconds).toBeGreaterThanOrEqual(1_200);
});

test("raises an alarm when no sweeper has shown itself for 30 s, and is still ready", async () => {
  const beat = (ago: number) =>
    sql`INSERT INTO heartbeats (instance, role, at)
      VALUES ('one', 'sweeper', now() - make_interval(secs => ${ago}))
      ON CONFLICT (instance) DO UPDATE SET at = excluded.at`.execute(api.db);
  const readSweeper = async () => {
    const { status, body } = await askAfresh();
    expect(status).toBe(200);
    return body.sweeper;
  };
  expect(await readSweeper()).toEqual({ lastBeatSeconds: null, alarm: true });
  await beat(31);
  expect(await readSweeper()).toMatchObject({ alarm: true });
  await beat(1);
  expect(await readSweeper()).toMatchObject({ alarm: false });
});
