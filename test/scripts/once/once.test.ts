import { expect, test } from "vitest";
import { runCommand } from "../../support/command.ts";
import { useDatabase } from "../../support/database.ts";
import { useRedis } from "../../support/redis.ts";

const database = useDatabase();
const redis = useRedis();
const env = () => ({
  DATABASE_URL: database.url,
  REDIS_URL: redis.url,
  QUEUE_PREFIX: redis.prefix,
});

test("goes every way there is, and ends with one line for machines", async () => {
  const { code, stdout, stderr } = await runCommand("start", ["--once", "--json"], env());
  const lines = stdout.trimEnd().split("\n");
  const summary = JSON.parse(lines.at(-1) ?? "");
  expect(stderr).toContain("Everything is at rest");
  expect(stdout).not.toMatch(/WRONG|FAILED|Not so for/);
  expect(summary).toMatchObject({ orders: 37, paid: 21, fulfilling: 1, completed: 2 });
  expect(summary).toMatchObject({ rejected: 3, expired: 4, cancelled: 6 });
  expect(summary).toMatchObject({ refunded: 6, disputed: 1 });
  expect(summary).toMatchObject({ sms: 13, violations: 0, faults: 0 });
  expect(summary.emails).toBeGreaterThanOrEqual(40);
  expect(summary.seconds).toBeGreaterThan(0);
  expect(code).toBe(0);
}, 90_000);

test.each([
  [
    { STRIPE_SECRET_KEY: "sk_test_real", PAY_URL_TEMPLATE: "http://x/{orderId}#{token}" },
    "STRIPE_SECRET_KEY",
  ],
  [{ SENDGRID_API_KEY: "SG.real", MAIL_FROM: "a@shop.example" }, "SENDGRID_API_KEY"],
])("never pays at, or writes to, a real supplier", async (real, name) => {
  const { code, stderr } = await runCommand("start", ["--once"], { ...env(), ...real });
  expect(code).toBe(1);
  expect(stderr).toContain(`Take ${name} out of the environment`);
});

test.each([[["--twice"]], [["--once", "--fresh"]], [["--json"]]])(
  "refuses %j with a sentence",
  async (args) => {
    const { code, stderr } = await runCommand("start", args, env());
    expect(code).toBe(1);
    expect(stderr).toContain("It knows --fresh, or --once");
  },
);
