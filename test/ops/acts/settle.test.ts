import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { checkInvariants } from "../../../src/invariants/check-invariants.ts";
import { money } from "../../../src/invariants/money.ts";
import { failRefunds } from "../../../src/orders/refunds/fail-refunds.ts";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import { lookAtDisputes, seenDispute } from "../../support/money-back.ts";
import { captured, type Paying } from "../../support/paying.ts";
import { outcomeOf, useActDesk } from "./desk.ts";

const { desk, act } = useActDesk();
const { orderAt, sellOut } = ordersAt(desk);

/** Money came for an order that had ended, and could not go back. */
async function owing(): Promise<Paying> {
  const paying = await orderAt("expired");
  await sellOut(paying);
  await desk.apply(paying, captured);
  const [refund] = await desk.refundsOf(paying);
  const failures = [{ refundId: refund?.id ?? "", reason: "refused" }];
  await inTransaction(desk.db, (trx) => failRefunds(trx, desk.settings, failures));
  return paying;
}

async function refusalOf(asked: Promise<unknown>): Promise<string> {
  return await asked.then(
    () => "",
    (error: Error) => error.message,
  );
}

async function settledEvent(paying: Paying): Promise<Record<string, unknown> | undefined> {
  const history = await desk.historyOf(paying);
  return history.findLast(({ event }) => event === "settled")?.detail;
}

async function brokenFor({ orderId }: Paying): Promise<string[]> {
  const found = await checkInvariants(desk.db, money({ patienceSeconds: 120 }));
  return found
    .filter(({ rows }) => rows.some((row) => row["order_id"] === orderId))
    .map(({ name }) => name);
}

describe("an order whose money nobody has dealt with", () => {
  test("stays on the list, and says what is to be done", async () => {
    const review = await orderAt("under review");
    expect(await outcomeOf(act("settle", review, { dryRun: true }))).toBe("money_owed");
    expect(await refusalOf(act("settle", review))).toMatch(/^£9.00 of the customer's.*Release/);
    const owed = await owing();
    expect(await refusalOf(act("settle", owed))).toMatch(/^£10.00 of the customer's.*Refund it/);
    expect((await desk.orderOf(owed)).settled_at).toBeNull();
  });

  test("leaves it once a person says how it went back, and only that is exempt", async () => {
    const owed = await owing();
    const input = { returned: "bank transfer 4711" };
    expect(await outcomeOf(act("settle", owed, { input }))).toBe("done");
    expect(await settledEvent(owed)).toMatchObject({
      ...{ attention: "refund_failed", dismissed: ["refund_failed"], ...input },
      payments: [owed.paymentId],
    });
    expect(await brokenFor(owed)).toEqual([]);
    // Money that comes later was not looked at by anybody.
    const later = randomUUID();
    await sql`INSERT INTO payments (id, order_id, attempt, status, amount_minor, currency,
        captured_minor, captured_currency, captured_at)
      VALUES (${later}, ${owed.orderId}, 2, 'captured', 5, 'gbp', 5, 'gbp',
        now() - interval '1 hour')`.execute(desk.db);
    expect(await brokenFor(owed)).toContain("captured_money_is_known");
    await inTransaction(desk.db, async (trx) => {
      await sql`SET LOCAL session_replication_role = replica`.execute(trx);
      await sql`DELETE FROM payments WHERE id = ${later}`.execute(trx);
    });
  });

  test("says nothing of money that went back where none is owed", async () => {
    const paid = await orderAt("paid");
    const input = { returned: "bank transfer 4711" };
    expect(await outcomeOf(act("settle", paid, { input }))).toBe("nothing_owed");
  });
});

describe("a dispute", () => {
  test("keeps its order on the list until it is answered, or can't be", async () => {
    const paid = await orderAt("paid");
    const look = { paymentId: paid.paymentId, intentId: paid.intent.id };
    const evidenceDueAt = new Date(Date.now() + 3 * 24 * 3_600_000 + 60_000);
    const dispute = seenDispute({ evidenceDueAt });
    await lookAtDisputes(desk.db, look, dispute);
    expect(await outcomeOf(act("settle", paid))).toBe("dispute_open");
    expect(await refusalOf(act("settle", paid))).toContain("dashboard within 3 days.");

    await lookAtDisputes(desk.db, look, { ...dispute, isAnswered: true });
    expect(await outcomeOf(act("settle", paid))).toBe("done");
    await lookAtDisputes(desk.db, look, { ...dispute, evidenceDueAt: new Date() });
    expect(await outcomeOf(act("settle", paid))).toBe("done");
  });
});

describe("the dry run", () => {
  test("says of each problem what becomes of it", async () => {
    const paid = await orderAt("paid");
    await sql`UPDATE notifications SET status = 'failed', due_at = NULL, reason = 'Refused.'
      WHERE order_id = ${paid.orderId}`.execute(desk.db);
    const answer = await act("settle", paid, { dryRun: true });
    const effects = answer.kind === "planned" && answer.plan.possible ? answer.plan.effects : [];
    expect(effects).toMatchObject([
      expect.stringMatching(/^No problem any more: .* the mail "order paid" could not be sent/),
      expect.stringMatching(/^No problem any more: .* the SMS "order paid" could not be sent/),
      "What happens later may be a problem again.",
    ]);
    await act("settle", paid);
    // It was about messages: no money of the order was looked at.
    const dismissed = ["mail_failed", "sms_failed"];
    expect(await settledEvent(paid)).toEqual({ attention: null, dismissed, payments: [] });
  });
});
