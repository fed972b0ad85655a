import { Redis } from "ioredis";
import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/db/connect.ts";
import { startOwnRedis } from "../support/redis.ts";
import { quiet } from "../support/settings.ts";
import { openStorefront } from "../support/storefront.ts";
import { startTestWorld } from "../support/world.ts";

const secret = "_secret_";
const processes = ["web", "reservation", "payment", "status", "notification", "sweeper"];

/** Everything that is ever said to Redis, and all that it holds in the end. */
async function listenTo(url: string) {
  const redis = new Redis(url);
  const monitor = await redis.monitor();
  const heard: string[] = [];
  monitor.on("monitor", (_time: string, words: string[]) => heard.push(words.join(" ")));
  onTestFinished(() => {
    monitor.disconnect();
    redis.disconnect();
  });
  return {
    heard,
    async dump(): Promise<string[]> {
      const keys = await redis.keys("*");
      const values = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
      // One that ended meanwhile is no value any more.
      return values.flatMap((value) => value?.toString("latin1") ?? []);
    },
  };
}

const withSecret = (texts: readonly string[]) => texts.filter((text) => text.includes(secret));

test("a client secret never stands in logs or Redis, through a whole run", async () => {
  const redis = await startOwnRedis();
  onTestFinished(() => redis.stop());
  const ears = await listenTo(redis.url);
  const settings = { LOG_LEVEL: "debug", HOLD_MINUTES: "0.15" };
  const world = await startTestWorld({ processes, settings, redisUrl: redis.url });
  onTestFinished(() => world.stop());
  const store = await openStorefront(world);
  await store.sell("secret", 50, 500);
  const place = async () => (await store.order([{ sku: "secret", quantity: 1 }])).id;

  const [paid, declined, abandoned] = [await place(), await place(), await place()];
  await store.pay(declined, "pm_card_visa_chargeDeclined");
  await store.untilPayable(abandoned);
  // The control: secrets are there to be found, where they belong.
  const db = connect({ DATABASE_URL: world.databaseUrl, DATABASE_POOL: 1 }, quiet);
  onTestFinished(() => db.destroy());
  const { rows } = await sql<{ stored: number }>`
    SELECT count(*)::integer AS stored FROM payments
    WHERE client_secret LIKE ${`%${secret}%`}`.execute(db);
  expect(rows[0]?.stored).toBeGreaterThanOrEqual(2);
  const midway = await ears.dump();

  await store.pay(paid);
  await store.until(paid, "paid");
  const refund = { body: { reason: "goodwill" }, idempotencyKey: crypto.randomUUID() };
  await store.shop("POST", `/v1/orders/${paid}/refunds`, refund);
  await store.untilHappened(paid, "refund_succeeded");
  await store.untilHappened(abandoned, "hold_expired", 30_000);
  await store.untilHappened(declined, "hold_expired", 30_000);

  const logs = processes.flatMap((name) => world.child(name).lines);
  expect(withSecret([...ears.heard, ...midway, ...(await ears.dump()), ...logs])).toEqual([]);
  expect(ears.heard.some((words) => words.includes("start_payment"))).toBe(true);
  expect(logs.some((line) => line.includes(paid))).toBe(true);
  expect(logs.length).toBeGreaterThan(20);
}, 90_000);
