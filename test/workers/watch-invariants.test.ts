import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { allInvariants } from "../../src/invariants/check-invariants.ts";
import type { Log } from "../../src/log.ts";
import { systemProblems } from "../../src/ops/problems.ts";
import { checkWhenDue } from "../../src/workers/watch-invariants.ts";
import { openShop, requestOf, reserved, stockProduct } from "../support/shop.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues({ INVARIANT_MINUTES: 10 });
// The database is a copy of one that was made when the tests began.
beforeAll(async () => {
  await sql`UPDATE stripe_cursors SET position = now(), due_at = now()`.execute(desk.db);
});

/** A log that is read. */
function readable(): { log: Log; said: { event: string; fields: unknown }[] } {
  const said: { event: string; fields: unknown }[] = [];
  const say = (event: string, fields?: unknown) => void said.push({ event, fields });
  return { log: { info: say, warn: say, error: say }, said };
}

async function becomeDue(): Promise<void> {
  await sql`UPDATE invariant_rounds SET due_at = now()`.execute(desk.db);
}

const findings = () => desk.db.selectFrom("invariant_findings").selectAll().execute();

describe("the sweeper's look at what must be true", () => {
  test("is taken by one of several, once in its time, and looks at every promise", async () => {
    await becomeDue();
    const { db, settings } = desk;
    const means = { db, settings, log: readable().log };
    const turns = await Promise.all([1, 2, 3, 4].map(() => checkWhenDue(means)));
    expect(turns.filter(Boolean)).toHaveLength(1);
    expect(await checkWhenDue(means)).toBe(false);
    const names = allInvariants({ patienceSeconds: 120 }).map(({ name }) => name);
    const found = await findings();
    expect(found.map(({ name }) => name).sort()).toEqual(names.sort());
    expect(found.filter(({ broken }) => broken > 0)).toEqual([]);
  });

  test("rests the longer, the longer it took, and its owner knows", async () => {
    const { db, settings } = desk;
    const often = { ...settings, INVARIANT_MINUTES: 0.001 };
    await becomeDue();
    const startedAt = performance.now();
    await checkWhenDue({ db, settings: often, log: readable().log });
    const tookAtMost = (performance.now() - startedAt) / 1_000;
    // By the database's clock: between its first finding and its last, it was at work.
    const { rows } = await sql<{ rest: number; ended: number; took: number }>`
      SELECT rest_seconds::float8 AS rest,
        (SELECT extract(epoch FROM max(checked_at) - min(checked_at)) FROM invariant_findings)
          ::float8 AS took,
        extract(epoch FROM due_at - make_interval(secs => rest_seconds)
          - (SELECT max(checked_at) FROM invariant_findings))::float8 AS ended
      FROM invariant_rounds`.execute(db);
    const [{ rest = 0, took = 0, ended = -1 } = {}] = rows;
    expect(took).toBeGreaterThan(0);
    expect(rest).toBeGreaterThan(took * 19);
    expect(rest).toBeLessThan(tookAtMost * 21);
    // The rest begins when all is looked at, not when the round began.
    expect(ended).toBeGreaterThanOrEqual(0);

    // Half an hour's rest is no reason for an alarm.
    const late = async (restSeconds: number) => {
      await sql`UPDATE invariant_rounds SET rest_seconds = ${restSeconds}`.execute(db);
      const problems = await systemProblems({ db, settings });
      return problems.some(({ code }) => code === "invariant_not_checked");
    };
    await sql`UPDATE invariant_findings SET checked_at = now() - interval '50 minutes'`.execute(db);
    expect([await late(0), await late(1_800)]).toEqual([true, false]);
    await sql`UPDATE invariant_rounds SET rest_seconds = 0`.execute(db);
  });

  test("forgets what is promised no more, so that it stays no problem for ever", async () => {
    const { db, settings } = desk;
    await sql`INSERT INTO invariant_findings (name, promise, examined, broken, checked_at) VALUES
      ('renamed_since', 'Old.', 1, 0, now() - interval '2 days'),
      ('removed_while_broken', 'Old.', 1, 1, now())`.execute(db);
    const aboutInvariants = async () =>
      (await systemProblems({ db, settings })).filter(({ code }) => code.startsWith("invariant_"));
    expect(await aboutInvariants()).toHaveLength(2);
    await becomeDue();
    await checkWhenDue({ db, settings, log: readable().log });
    expect(await aboutInvariants()).toEqual([]);
  });

  test("leaves a mark of what could not be looked at, and keeps what was found", async () => {
    const { db, settings } = desk;
    const means = { db, settings, log: readable().log };
    const of = async (name: string) => (await findings()).find((each) => each.name === name);
    const before = await of("no_break_stays_open");
    await sql`DELETE FROM invariant_findings WHERE name = 'nothing_is_overdue'`.execute(db);
    await becomeDue();
    await db.transaction().execute(async (trx) => {
      await sql`LOCK TABLE breaks IN ACCESS EXCLUSIVE MODE`.execute(trx);
      await checkWhenDue(means);
    });
    expect(await of("no_break_stays_open")).toEqual(before);
    expect((await of("nothing_is_overdue"))?.checked_at).toEqual(new Date(0));
    await becomeDue();
    await checkWhenDue(means);
    expect((await of("nothing_is_overdue"))?.examined).toBeGreaterThan(0);
  });

  test("says once that a promise is broken, keeps its rows, and says when it holds", async () => {
    const { db, settings } = desk;
    const { log, said } = readable();
    const shop = await openShop(db);
    await stockProduct(db, "counted", 5);
    await reserved(db, settings, requestOf(shop, [{ sku: "counted", quantity: 1 }]));
    const miscount = (by: number) =>
      sql`UPDATE stock SET on_hand = on_hand + ${by} WHERE sku = 'counted'`.execute(db);
    await miscount(1);
    for (let round = 0; round < 2; round++) {
      await becomeDue();
      expect(await checkWhenDue({ db, settings, log })).toBe(true);
    }
    const kind = "stock_equals_its_movements";
    const broken = (await findings()).filter((each) => each.broken > 0);
    expect(broken.map(({ name }) => name)).toEqual([kind]);
    expect(broken[0]?.rows).toMatchObject([{ sku: "counted" }]);
    expect(said.filter(({ event }) => event === "invariant_broken")).toEqual([
      { event: "invariant_broken", fields: { kind, count: 1 } },
    ]);
    await miscount(-1);
    await becomeDue();
    await checkWhenDue({ db, settings, log });
    expect(said.at(-1)).toEqual({ event: "invariant_holds_again", fields: { kind } });
  });
});
