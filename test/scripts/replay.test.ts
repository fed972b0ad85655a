import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { connect } from "../../src/db/connect.ts";
import { runCommand } from "../support/command.ts";
import { useDatabase } from "../support/database.ts";
import { useRedis } from "../support/redis.ts";
import { quiet } from "../support/settings.ts";

const sample = "scripts/sample/orders.csv";
const skippedBecause = { cancellations: 2, withoutGoods: 2, other: 1 };

function useReplay() {
  const database = useDatabase();
  const redis = useRedis();
  return {
    database,
    run: (...args: string[]) =>
      runCommand("replay", args, {
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        QUEUE_PREFIX: redis.prefix,
      }),
  };
}

describe("npm run replay, with all in stock", () => {
  const { database, run } = useReplay();

  test("ends with every sale paid and confirmed, to the penny", async () => {
    const { code, stdout, stderr } = await run(sample, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ sales: 13, skipped: 5, skippedBecause, paid: 13, rejected: 0, emails: 13 },
      ...{ totalMinor: 373_364, stripeCapturedMinor: 373_364, violations: 0, faults: 0 },
    });
    expect(stderr).toContain("13 of 13: 13 paid, 0 rejected, 0 failed");
    expect(code).toBe(0);
  }, 60_000);

  test("plays as many of the sales as are asked for, again and again", async () => {
    const { code, stdout } = await run(sample, "--orders", "3", "--clients", "2", "--json");
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ sales: 3, paid: 3, emails: 3, violations: 0 });
    expect(summary.p99Ms).toBeGreaterThanOrEqual(summary.p50Ms);
    expect(summary.ordersPerSecond).toBeGreaterThan(0);
    expect(code).toBe(0);
  }, 60_000);

  test("does not end well when the books are not right", async () => {
    const db = connect({ DATABASE_URL: database.url, DATABASE_POOL: 1 }, quiet);
    try {
      await sql`UPDATE stock SET on_hand = on_hand + 1 WHERE sku = '10250'`.execute(db);
    } finally {
      await db.destroy();
    }
    const { code, stdout } = await run(sample, "--orders", "1");
    expect(stdout).toContain("stock_equals_its_movements is broken");
    expect(code).toBe(1);
  }, 60_000);
});

describe("npm run replay, with too little in stock", () => {
  const { run } = useReplay();

  test("ends with every sale paid or rejected, and nothing oversold", async () => {
    const { code, stdout } = await run(sample, "--stock-factor", "0.6");
    const [, paid, rejected] = /paid +(\d+)\n +rejected +(\d+)\n/.exec(stdout) ?? [];
    expect(Number(paid)).toBeGreaterThan(0);
    expect(Number(rejected)).toBeGreaterThan(0);
    expect(Number(paid) + Number(rejected)).toBe(13);
    expect(stdout).toMatch(/cancellations, left out +2\n/);
    expect(stdout).toContain("invariants hold.");
    expect(stdout).toContain("Everything is as it must be.");
    expect(code).toBe(0);
  }, 60_000);
});

describe("npm run replay", () => {
  const { run } = useReplay();

  test.each([
    [[], "Name one CSV file."],
    [[sample, "--orders", "0"], "--orders is a whole number"],
    [[sample, "--clients", "1000"], "--clients is a whole number"],
    [[sample, "--stock-factor", "much"], "--stock-factor is a number"],
    [["scripts/sample/no-such.csv"], "can't be read"],
    [["Procfile"], "has no column"],
  ])("refuses %j with a sentence", async (args, sentence) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
  });
});
