import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { planOf } from "../../src/ops/acts/acts.ts";
import { listProblems, type ProblemQuery, systemProblems } from "../../src/ops/problems.ts";
import { settleOrder } from "../../src/orders/operators/settle-order.ts";
import { useQueues } from "../workers/queue-desk.ts";
import { listeningSituations } from "./diagnosis/listening-situations.ts";
import { moneySituations, type Situation } from "./diagnosis/money-situations.ts";
import { openStage, type Stage } from "./diagnosis/stage.ts";
import { workSituations } from "./diagnosis/work-situations.ts";

const desk = useQueues();
let stage: Stage;
beforeAll(async () => {
  stage = await openStage(desk);
});
afterAll(() => stage.db.destroy());

const situations: Record<string, Situation> = {
  ...moneySituations,
  ...listeningSituations,
  ...workSituations,
};

async function play(name: string): Promise<string> {
  const situation = situations[name];
  if (!situation) throw new Error(`There is no situation ${name}.`);
  return await situation.play(stage);
}

const problems = (query: Partial<ProblemQuery> = {}) =>
  listProblems({ ...desk, planOf }, { limit: 100, ...query });

async function codeOf(orderId: string): Promise<string | undefined> {
  const listed = (await problems()).problems.find((problem) => problem.orderId === orderId);
  return listed?.diagnosis.code;
}

/** The order's clocks and those of all that belongs to it run ahead by so many seconds. */
async function age(orderId: string, seconds: number): Promise<void> {
  const back = sql`make_interval(secs => ${seconds})`;
  const ofOrder = sql`order_id = ${orderId}`;
  await sql`UPDATE orders SET placed_at = placed_at - ${back}, expires_at = expires_at - ${back},
    held_at = held_at - ${back}, due_at = due_at - ${back},
    failing_since = failing_since - ${back} WHERE id = ${orderId}`.execute(desk.db);
  await sql`UPDATE payments SET created_at = created_at - ${back}, due_at = due_at - ${back},
    failing_since = failing_since - ${back} WHERE ${ofOrder}`.execute(desk.db);
  await sql`UPDATE refunds SET created_at = created_at - ${back} WHERE ${ofOrder}`.execute(desk.db);
  await sql`UPDATE notifications SET created_at = created_at - ${back},
    due_at = due_at - ${back} WHERE ${ofOrder}`.execute(desk.db);
  await sql`UPDATE breaks SET found_at = found_at - ${back} WHERE ${ofOrder}`.execute(desk.db);
  await sql`UPDATE webhook_events SET received_at = received_at - ${back}
    WHERE payment_id IN (SELECT id FROM payments WHERE ${ofOrder})`.execute(desk.db);
}

describe("the orders that need a person", () => {
  test.each([
    ["paid-another-amount", 0, "amount_mismatch"],
    ["another-installations-payment", 0, "foreign_payment"],
    ["paid-and-webhook-failed", 600, "paid_webhook_failed"],
    ["refund-failed", 0, "refund_failed"],
    ["refund-asked-for", 3_600, "refund_stuck"],
    ["refund-without-balance", 0, "refund_stuck"],
    ["bank-disputes", 0, "dispute_open"],
    ["payment-refused", 0, "payment_refused"],
    ["payment-not-started", 300, "payment_not_started"],
    ["stripe-does-not-answer", 300, "stripe_unreachable"],
    ["a-job-keeps-failing", 0, "job_failed"],
    ["waiting-for-the-customer", 3_600, "hold_overdue"],
    ["mail-failed", 0, "mail_failed"],
    ["sms-failed", 0, "sms_failed"],
    ["only-the-message-is-late", 3_600, "message_late"],
    ["books-differ", 3 * 3_600, "books_differ"],
    ["flagged-otherwise", 0, "attention_other"],
  ])("are found by what is the matter: %s after %i s", async (name, seconds, code) => {
    const orderId = await play(name);
    await age(orderId, seconds);
    expect(await codeOf(orderId)).toBe(code);
  });

  test.each(["paid", "declined", "bank-debit", "not-paid-in-time", "waiting-for-the-customer"])(
    "are not those of which nothing is wrong: %s",
    async (name) => {
      expect(await codeOf(await play(name))).toBeUndefined();
    },
  );

  test("are not those that a person has dealt with", async () => {
    const mail = await play("mail-failed");
    const refund = await play("refund-failed");
    for (const orderId of [mail, refund]) {
      expect(await codeOf(orderId)).toBeDefined();
      const act = { orderId, actor: "ops:ann", reason: "told by telephone" };
      await inTransaction(desk.db, (trx) => settleOrder(trx, act));
      expect(await codeOf(orderId)).toBeUndefined();
    }
  });

  test("come in groups, the most serious first, with what hangs on them", async () => {
    const { groups, problems: listed, next } = await problems();
    expect(next).toBeNull();
    const codes = groups.map(({ code }) => code);
    expect(codes.indexOf("amount_mismatch")).toBe(0);
    expect(codes.indexOf("mail_failed")).toBeGreaterThan(codes.indexOf("refund_failed"));
    const mismatch = groups[0];
    expect(mismatch).toMatchObject({ count: 1, atStakeMinor: { gbp: 900 }, severity: "problem" });
    expect(mismatch?.oldest).toBeInstanceOf(Date);
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(listed.length);
  });

  test("can be filtered by what is the matter, by age and by shop", async () => {
    const failed = await problems({ code: "mail_failed" });
    expect(new Set(failed.problems.map(({ diagnosis }) => diagnosis.code))).toEqual(
      new Set(["mail_failed"]),
    );
    const old = await problems({ olderThanSeconds: 2 * 3_600 });
    expect(old.problems.map(({ diagnosis }) => diagnosis.code)).toContain("books_differ");
    expect(old.problems.map(({ diagnosis }) => diagnosis.code)).not.toContain("mail_failed");
    const shopId = "00000000-0000-7000-8000-000000000001";
    expect((await problems({ shopId })).problems).toEqual([]);
    expect((await problems({ limit: 2 })).problems).toHaveLength(2);
  });
});

describe("what is the matter besides orders", () => {
  // The database is a copy of one that was made when the tests began.
  beforeAll(async () => {
    await sql`UPDATE stripe_cursors SET position = now(), due_at = now()`.execute(desk.db);
  });
  const codes = async () => (await systemProblems(desk)).map(({ code }) => code);

  test("is a sweeper that does not beat", async () => {
    expect(await codes()).toContain("no_sweeper");
    await sql`INSERT INTO heartbeats (instance, role) VALUES ('one', 'sweeper')`.execute(desk.db);
    expect(await codes()).not.toContain("no_sweeper");
  });

  test("is an event that fits no payment, or was given up", async () => {
    await sql`INSERT INTO webhook_events (id, source, type, topic, status, due_at, settled_at,
        received_at)
      VALUES ('evt_a', 'webhook', 'x', 'intent', 'unmatched', now() + interval '1 hour', NULL,
          now() - interval '1 hour'),
        ('evt_b', 'webhook', 'x', 'intent', 'abandoned', NULL, now(), now())`.execute(desk.db);
    expect(await systemProblems(desk)).toMatchObject([
      { code: "events_unmatched", count: 1, subjects: ["evt_a"] },
      { code: "events_abandoned", count: 1, subjects: ["evt_b"] },
    ]);
  });

  test("is a promise that nobody could look at for some rounds", async () => {
    const checked = (minutes: number) =>
      sql`INSERT INTO invariant_findings
        (name, promise, examined, broken, checked_at)
      VALUES ('totals_add_up', 'A total is a sum.', 5, 0, now() - make_interval(mins => ${minutes}))
      ON CONFLICT (name) DO UPDATE SET checked_at = excluded.checked_at`.execute(desk.db);
    await checked(35);
    expect(await codes()).not.toContain("invariant_not_checked");
    await checked(45);
    const found = (await systemProblems(desk)).find((one) => one.code === "invariant_not_checked");
    expect(found).toMatchObject({ count: 1, subjects: ["totals_add_up"], atStakeMinor: {} });
    await sql`DELETE FROM invariant_findings`.execute(desk.db);
  });

  test("is that Stripe's events are not read, with the orders that nobody sees paid", async () => {
    await sql`UPDATE stripe_cursors SET position = now() - interval '10 minutes',
      last_error = 'Stripe was away' WHERE name = 'events'`.execute(desk.db);
    await play("waiting-for-the-customer");
    const found = (await systemProblems(desk)).find(({ code }) => code === "events_not_read");
    const { rows } = await sql<{ orders: number; minor: number }>`
      SELECT count(*) AS orders, sum(total_minor)::bigint AS minor FROM orders
      WHERE status = 'awaiting_payment' AND EXISTS (SELECT FROM payments
        WHERE order_id = orders.id AND secret_stored_at IS NOT NULL AND due_at IS NOT NULL)
    `.execute(desk.db);
    expect(rows[0]?.orders).toBeGreaterThan(0);
    expect(found?.atStakeMinor).toEqual({ gbp: rows[0]?.minor });
    expect(found?.sentence).toMatch(new RegExp(`${rows[0]?.orders} orders? waits? for a payment`));
    await sql`UPDATE stripe_cursors SET position = now(), last_error = NULL`.execute(desk.db);
  });

  test("is a broken promise, a comparison that fails, and writes that are stopped", async () => {
    await sql`INSERT INTO invariant_findings (name, promise, examined, broken)
      VALUES ('totals_add_up', 'A total is a sum.', 5, 1)`.execute(desk.db);
    await sql`UPDATE stripe_cursors SET last_error = 'Stripe was away'
      WHERE name = 'nightly_comparison'`.execute(desk.db);
    await sql`UPDATE installation SET stopped_because = 'Another database.'`.execute(desk.db);
    expect(await codes()).toEqual([
      "writes_stopped",
      "invariant_broken",
      "comparison_failing",
      "events_unmatched",
      "events_abandoned",
    ]);
  });
});
