import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Db } from "../../../src/db/connect.ts";
import { createOps } from "../../../src/ops/app.ts";
import { problemsNow } from "../../../src/ops/pages/problems/problems-now.ts";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import { statementsOf } from "../../support/explain.ts";
import { useActDesk } from "../acts/desk.ts";

const { desk, means, act } = useActDesk();
const { orderAt } = ordersAt(desk);

/** The operators' pages in a process that has just started; people are known by a header. */
function siteOn(db: Db) {
  const ops = createOps({
    ...{ ...means, db, trustProxy: false },
    authenticate: async (c) => ({ name: c.req.header("x-person") ?? "", role: "admin" }),
  });
  return async (person: string): Promise<string> => {
    const headers = { "x-person": person, accept: "text/html" };
    const answer = await ops.request("http://ops.test/", { headers });
    expect(answer.status).toBe(200);
    return await answer.text();
  };
}

/** How often the inbox was read: by the first statement that each reading sends. */
async function readingsOf(work: (db: Db) => Promise<unknown>): Promise<number> {
  const { settings } = desk;
  const [first] = await statementsOf(desk.db, (db) => problemsNow({ db, settings }).fresh());
  const sent = await statementsOf(desk.db, work);
  return sent.filter(({ sql: text }) => text === first?.sql).length;
}

/** An order whose customer was not told that it is cancelled. */
async function unheard() {
  const order = await orderAt("cancelled");
  await sql`UPDATE notifications SET status = 'failed', due_at = NULL, claimed_at = now(),
    reason = 'No such box.' WHERE order_id = ${order.orderId} AND channel = 'email'`.execute(
    desk.db,
  );
  return { ...order, number: (await desk.orderOf(order)).number };
}

describe("the inbox, for many at once", () => {
  test("is read twice at most for twenty tabs that load it together", async () => {
    const { number } = await unheard();
    const readings = await readingsOf(async (db) => {
      const see = siteOn(db);
      const pages = await Promise.all(Array.from({ length: 20 }, (_, n) => see(`person-${n}`)));
      for (const page of pages) expect(page).toContain(number);
    });
    expect(readings).toBeGreaterThan(0);
    expect(readings).toBeLessThanOrEqual(2);
  });

  test("shows whoever has just acted what they did, wherever they did it", async () => {
    const order = await unheard();
    const see = siteOn(desk.db);
    expect(await see("eve")).toContain(order.number);
    await act("settle", order, { by: { actor: "ops:ann", role: "admin" } });
    expect(await see("ann")).not.toContain(order.number);
    expect(await see("eve")).not.toContain(order.number);
  });
});

describe("a reading", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());

  test("is shared for a second from its beginning, however long it takes", async () => {
    const { settings } = desk;
    const readings = await readingsOf(async (db) => {
      const problems = problemsNow({ db, settings });
      const first = problems.shared();
      vi.advanceTimersByTime(1_000);
      expect(problems.shared()).toBe(first);
      vi.advanceTimersByTime(1);
      const second = problems.shared();
      expect(second).not.toBe(first);
      expect(problems.recent()).toBe(second);
      await Promise.all([first, second]);
    });
    expect(readings).toBe(2);
  });

  test("that failed is told to those who shared it, and kept for nobody else", async () => {
    const { settings } = desk;
    let isBroken = true;
    const db = desk.db.withPlugin({
      transformQuery({ node }) {
        if (isBroken) throw new Error("no database");
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const problems = problemsNow({ db, settings });
    const asked = [problems.shared(), problems.shared()];
    for (const each of asked) await expect(each).rejects.toThrow("no database");
    isBroken = false;
    expect((await problems.shared()).problems).toBeInstanceOf(Array);
  });
});
