import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { recordBreak } from "../../src/payments/breaks.ts";
import { runCommand } from "../support/command.ts";
import { useDatabase } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";

const database = useDatabase();
const run = (command: string, ...args: string[]) =>
  runCommand(command, args, { DATABASE_URL: database.url });
let db: Db;

beforeAll(() => {
  db = connect(testSettings(database.url), quiet);
});
afterAll(() => db.destroy());

describe("npm run reconcile", () => {
  test("shows what is open with its reason, what was settled, and both comparisons", async () => {
    const nobody = { orderId: null, paymentId: null, ours: null, theirs: null };
    const open = { objectId: "pi_open", fault: "unknown_here", ...nobody } as const;
    const settled = { objectId: "pi_done", fault: "differs", ...nobody } as const;
    await recordBreak(db, testSettings(database.url), { ...open, outcome: null, reason: "A why." });
    await recordBreak(db, testSettings(database.url), { ...settled, outcome: "applied" });
    const { code, stdout } = await run("reconcile");
    expect(code).toBe(0);
    expect(stdout).toMatch(/hourly_comparison +not made yet; next /);
    expect(stdout).toContain("1 difference is open:");
    expect(stdout).toMatch(/pi_open +unknown_here +no order +open: A why\./);
    expect(stdout).toMatch(/pi_done +differs +no order +applied/);
    const { stdout: json } = await run("reconcile", "--json", "--all");
    expect(JSON.parse(json)).toMatchObject({ openCount: 1, open: [{ objectId: "pi_open" }] });
  });

  test("makes both comparisons due with --now", async () => {
    expect((await run("reconcile", "--now")).code).toBe(0);
    const due = await db
      .selectFrom("stripe_cursors")
      .select("name")
      .where("due_at", "<=", new Date())
      .where("name", "!=", "events")
      .execute();
    expect(due).toHaveLength(2);
  });
});

describe("npm run installation", () => {
  const readId = () => db.selectFrom("installation").select("id").executeTakeFirstOrThrow();

  test("shows the stamp, and why nothing may be written", async () => {
    await db.updateTable("installation").set({ stopped_because: "It differs." }).execute();
    const { code, stdout } = await run("installation", "show");
    expect(code).toBe(0);
    expect(stdout).toMatch(/Stripe writes +It differs\./);
  });

  test.each([[["keep"]], [["renew"]], [["copy"]], [[]]])("refuses %j", async (args) => {
    const { code, stderr } = await run("installation", ...args);
    expect(code).toBe(1);
    expect(stderr).toContain("npm run installation -- keep");
  });

  test("keeps the id, or makes another, and has the reason on record", async () => {
    const { id } = await readId();
    expect((await run("installation", "keep", "--reason", "New keys")).stdout).toContain(id);
    expect(await readId()).toEqual({ id });
    const renew = ["renew", "--reason", "A copy"];
    const refused = await run("installation", ...renew);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("it fits its stamp");
    expect(await readId()).toEqual({ id });
    const renewed = await run("installation", ...renew, "--although-its-stamp-fits");
    expect(renewed.code).toBe(0);
    expect(renewed.stdout).toContain("Stripe was not asked");
    expect(await readId()).not.toEqual({ id });
    const { stdout } = await run("installation", "show", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      stoppedBecause: null,
      acts: [
        { act: "renew", reason: "A copy" },
        { act: "keep", reason: "New keys" },
      ],
    });
  });
});
