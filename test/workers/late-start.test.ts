import { sql } from "kysely";
import { expect, test } from "vitest";
import { NotYet } from "../../src/errors.ts";
import { postponer } from "../../src/workers/postpone.ts";
import { recordFailure } from "../../src/workers/record-failure.ts";
import { awaitingPayment, payingMeans, reserving } from "./paying.ts";
import { useQueues } from "./queue-desk.ts";
import { paidOrder, requestRefund } from "./refunding.ts";

const desk = useQueues();

/** Rows that wait to be begun, what they have once another has done it, and which job is next. */
const beginnings = [
  {
    what: "an order",
    kind: "reserve",
    table: "orders",
    row: () => reserving(desk, "late-order"),
    begun: sql`status = 'awaiting_payment', held_at = now()`,
    next: "close_order",
  },
  {
    what: "an order that is to be closed",
    kind: "reserve",
    table: "orders",
    row: () => reserving(desk, "closing-order"),
    begun: sql`status = 'awaiting_payment', held_at = now(), closing = 'cancelled'`,
    next: "close_order",
  },
  {
    what: "a payment",
    kind: "start_payment",
    table: "payments",
    row: async () => (await awaitingPayment(desk, "late-payment")).paymentId,
    begun: sql`status = 'pending', intent_id = 'pi_late_start'`,
    next: "sync_payment",
  },
  {
    what: "a refund",
    kind: "start_refund",
    table: "refunds",
    row: async () => {
      const means = await payingMeans(desk);
      return await requestRefund(desk, await paidOrder(desk, means, "late-refund"));
    },
    begun: sql`status = 'pending', stripe_id = 're_late_start'`,
    next: "sync_refund",
  },
];

async function rowOf(table: string, id: string) {
  const { rows } = await sql<{ round: number; due_at: Date; last_error: string | null }>`
    SELECT round, due_at, last_error, failing_since FROM ${sql.table(table)}
    WHERE id = ${id}`.execute(desk.db);
  return rows[0];
}

test.each(beginnings)(
  "a start that comes too late does not touch $what that has begun",
  async ({ kind, table, row, begun, next }) => {
    const id = await row();
    const postpone = postponer(desk.db, desk.settings);
    const soon = new NotYet("stripe_slow", "Too slow.", 1);
    const late = { kind, id };
    expect(await postpone(late, soon)).toBe(1);
    const failed = expect.objectContaining({ round: 1 });
    expect(await recordFailure(desk.db, desk.settings, late, "it fails")).toEqual(failed);

    await sql`UPDATE ${sql.table(table)} SET ${begun}, round = 0, last_error = NULL,
    due_at = now() + interval '1 hour' WHERE id = ${id}`.execute(desk.db);
    const before = await rowOf(table, id);
    expect(await postpone(late, soon)).toBeNull();
    expect(await recordFailure(desk.db, desk.settings, late, "too late")).toBeNull();
    expect(await rowOf(table, id)).toEqual(before);

    expect(await postpone({ kind: next, id }, soon)).toBe(1);
    const again = { kind: next, id };
    expect(await recordFailure(desk.db, desk.settings, again, "it fails")).toEqual(failed);
  },
);
