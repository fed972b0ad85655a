import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { World } from "../../scripts/world/world.ts";
import { dice } from "../support/dice.ts";
import { type OwnRedis, startOwnRedis } from "../support/redis.ts";
import { startTestWorld } from "../support/world.ts";
import { type Crowd, gatherCrowd } from "./crowd.ts";

const orders = 204;
const faults = 12;
const workers = ["reservation", "payment", "status", "notification", "sweeper"];

let redis: OwnRedis;
let world: World;

beforeAll(async () => {
  redis = await startOwnRedis();
  world = await startTestWorld({
    processes: ["web", ...workers],
    redisUrl: redis.url,
    // Longer than a mail can be under way: else one that is only slow would be sent again.
    settings: { MESSAGE_UNKNOWN_SECONDS: "20" },
  });
}, 60_000);
afterAll(async () => {
  await world?.stop();
  await redis?.stop();
});

/**
 * All paid, each charged once, each told once: by the stand-ins' own books. A mail whose sender
 * was killed before it could write down the answer may come twice, never without our knowing.
 */
async function expectAllWell(crowd: Crowd, ids: readonly string[], hint: string) {
  await crowd.untilAllArePaid(ids.length, 60_000);
  const { captures, confirmations, orders: made } = await crowd.books(ids);
  await crowd.close();
  expect(made, hint).toBe(ids.length);
  expect(new Set(ids).size, hint).toBe(ids.length);
  expect(
    captures.filter((count) => count !== 1),
    hint,
  ).toEqual([]);
  expect(
    confirmations.filter(({ arrived }) => arrived < 1),
    hint,
  ).toEqual([]);
  expect(
    confirmations.filter(({ arrived, tries }) => arrived > tries),
    hint,
  ).toEqual([]);
  return confirmations.filter(({ arrived }) => arrived > 1).length;
}

describe("200 orders under way", () => {
  test("are all paid, charged and confirmed once though Redis is flushed 12 times", async () => {
    const crowd = await gatherCrowd(world, "flushed");
    const client = new Redis(redis.url);
    const ids = await crowd.buyUnder(faults, orders, async () => void (await client.flushall()));
    client.disconnect();
    expect(await expectAllWell(crowd, ids, "flushed")).toBe(0);
  }, 90_000);

  test("are all paid, charged and confirmed once though workers are killed 12 times", async () => {
    const crowd = await gatherCrowd(world, "workers-killed");
    const random = dice();
    const killed: string[] = [];
    const ids = await crowd.buyUnder(faults, orders, async () => {
      const victim = world.child(random.pick(workers));
      killed.push(victim.name);
      await victim.restart("SIGKILL");
    });
    const doubled = await expectAllWell(crowd, ids, `seed ${random.seed}, killed ${killed}`);
    const kills = killed.filter((name) => name === "notification").length;
    // What one process may have had in its hands: as many mails as it sends at a time.
    expect(doubled).toBeLessThanOrEqual(kills * 32);
  }, 120_000);

  test("are neither lost nor doubled though web is killed and customers ask again", async () => {
    const crowd = await gatherCrowd(world, "web-killed");
    const ids = await crowd.buyUnder(faults, orders, () => world.child("web").restart("SIGKILL"));
    expect(await expectAllWell(crowd, ids, "web killed")).toBe(0);
  }, 120_000);
});
