import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { planOf } from "../../src/ops/acts/acts.ts";
import { findCandidates } from "../../src/ops/problems/candidates.ts";
import { listProblems } from "../../src/ops/problems.ts";
import { openShop, placed, requestOf, stockProduct, type TestShop } from "../support/shop.ts";
import { useQueues } from "../workers/queue-desk.ts";

const desk = useQueues();

/** More than are looked at for one answer. */
const mails = 600;

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop(desk.db);
  await stockProduct(desk.db, "many", 1_000);
});

async function place(count: number, quantity = 1): Promise<string[]> {
  const request = () => requestOf(shop, [{ sku: "many", quantity }]);
  const ids: string[] = [];
  for (let left = count; left > 0; left -= 100) {
    const requests = Array.from({ length: Math.min(100, left) }, request);
    ids.push(...(await placed(desk.db, desk.settings, ...requests)));
  }
  return ids;
}

const flag = (id: string | undefined, code: string) =>
  sql`UPDATE orders SET attention = ${code} WHERE id = ${id}`.execute(desk.db);

/** An order that two payments were captured for; the second could not go back. */
async function paidTwice(): Promise<string> {
  const [id = ""] = await place(1);
  await sql`INSERT INTO payments (id, order_id, attempt, status, amount_minor, currency,
      captured_minor, captured_currency, captured_at)
    SELECT gen_random_uuid(), id, attempt, 'captured', total_minor, currency, total_minor,
      currency, now()
    FROM orders, generate_series(1, 2) AS attempt WHERE id = ${id}`.execute(desk.db);
  await flag(id, "second_payment");
  return id;
}

async function failMails(ids: readonly string[]): Promise<void> {
  await sql`INSERT INTO notifications (id, order_id, seq, template, channel, status, reason)
    SELECT gen_random_uuid(), id, 1, 'order_paid', 'email', 'failed', 'no such mailbox'
    FROM unnest(${ids}::uuid[]) AS o (id)`.execute(desk.db);
}

describe("more orders in trouble than are looked at", () => {
  const means = { ...desk, planOf };
  let ids: string[];
  let newest: string;
  beforeAll(async () => {
    ids = await place(mails);
    await failMails(ids);
    newest = await paidTwice();
  }, 60_000);
  const list = (after?: string) => listProblems({ ...means, ...desk }, { limit: 500, after });

  test("hide none whose money is in trouble, and are not called complete", async () => {
    const first = await list();
    expect(first.problems[0]).toMatchObject({
      orderId: newest,
      diagnosis: { code: "two_payments", severity: "problem" },
    });
    const seen = new Set(first.problems.map(({ orderId }) => orderId));
    expect(first.next).not.toBeNull();
    const rest = await list(first.next ?? undefined);
    expect(rest.next).toBeNull();
    expect([first.isPartial, rest.isPartial]).toEqual([true, true]);
    for (const { orderId } of rest.problems) {
      expect(seen.has(orderId)).toBe(false);
      seen.add(orderId);
    }
    expect(seen.size).toBe(mails + 1);
  });

  test("leave their places once a person has dealt with them", async () => {
    await sql`UPDATE orders SET settled_at = now() WHERE id = ANY(${ids}::uuid[])`.execute(desk.db);
    const all = await list();
    expect(all).toMatchObject({ next: null, isPartial: false });
    expect(all.problems.map(({ orderId }) => orderId)).toEqual([newest]);
  });

  test("are ranked by what hurts most, then by money, then by age", async () => {
    const [old, mailed] = await place(2);
    const [dear] = await place(1, 9);
    const [young] = await place(1);
    for (const id of [old, dear, young]) await flag(id, "amount_mismatch");
    await failMails([mailed ?? ""]);
    await flag(newest, "second_payment");
    const found = await findCandidates(desk.db, { limit: 10, after: null });
    const own = found.map(({ id }) => id).filter((id) => id !== newest);
    expect(own).toEqual([dear, old, young, mailed]);
  });
});

describe("a dispute that a person has seen", () => {
  test("takes no place until two days before its date, nor once answered", async () => {
    const id = await paidTwice();
    await flag(id, "start_payment_keeps_failing");
    await sql`UPDATE orders SET attention = NULL, due_at = now() + interval '1 hour',
      settled_at = now() - interval '3 days' WHERE id = ${id}`.execute(desk.db);
    await sql`INSERT INTO disputes (id, order_id, payment_id, status, amount_minor, currency,
        reason, evidence_due_at, observed_at, opened_at, due_at)
      SELECT 'du_seen', order_id, id, 'open', 100, 'gbp', 'fraudulent', now() + interval '60 hours',
        now(), now() - interval '5 days', now() + interval '1 hour'
      FROM payments WHERE order_id = ${id} AND attempt = 1`.execute(desk.db);
    const isFound = async () => {
      const found = await findCandidates(desk.db, { limit: 1_000, after: null });
      return found.some((one) => one.id === id);
    };
    expect(await isFound()).toBe(false);
    await sql`UPDATE disputes SET evidence_due_at = now() + interval '40 hours'
      WHERE id = 'du_seen'`.execute(desk.db);
    expect(await isFound()).toBe(true);
    await sql`UPDATE disputes SET is_answered = true WHERE id = 'du_seen'`.execute(desk.db);
    expect(await isFound()).toBe(false);
  });
});
