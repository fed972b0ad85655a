import { sql } from "kysely";
import { expect, test } from "vitest";
import { NotYet } from "../../src/errors.ts";
import { postponer } from "../../src/workers/postpone.ts";
import { recordFailure } from "../../src/workers/record-failure.ts";
import { awaitingPayment, payingMeans } from "./paying.ts";
import { useQueues } from "./queue-desk.ts";
import { paidOrder, requestRefund } from "./refunding.ts";

const desk = useQueues();

/** Rows that wait to be begun, and what they have once another has begun them. */
const beginnings = {
  payment: {
    row: async () => (await awaitingPayment(desk, "late-payment")).paymentId,
    named: sql`intent_id = 'pi_late_start'`,
  },
  refund: {
    row: async () => {
      const means = await payingMeans(desk);
      return await requestRefund(desk, await paidOrder(desk, means, "late-refund"));
    },
    named: sql`stripe_id = 're_late_start'`,
  },
};

async function rowOf(table: string, id: string) {
  const { rows } = await sql<{ round: number; due_at: Date; last_error: string | null }>`
    SELECT round, due_at, last_error, failing_since FROM ${sql.table(table)}
    WHERE id = ${id}`.execute(desk.db);
  return rows[0];
}

test.each(["payment", "refund"] as const)(
  "a %s that was begun by another is not touched by a start that comes too late",
  async (what) => {
    const { row, named } = beginnings[what];
    const [id, table] = [await row(), `${what}s`];
    const postpone = postponer(desk.db, desk.settings);
    const soon = new NotYet("stripe_slow", "Too slow.", 1);
    const start = { kind: `start_${what}`, id };
    expect(await postpone(start, soon)).toBe(1);
    expect(await recordFailure(desk.db, desk.settings, start, "it fails")).toMatchObject({
      round: 1,
    });

    await sql`UPDATE ${sql.table(table)} SET status = 'pending', ${named}, round = 0,
      last_error = NULL, due_at = now() + interval '1 hour' WHERE id = ${id}`.execute(desk.db);
    const begun = await rowOf(table, id);
    expect(begun).toMatchObject({ round: 0, last_error: null });
    expect(await postpone(start, soon)).toBeNull();
    expect(await recordFailure(desk.db, desk.settings, start, "too late")).toBeNull();
    expect(await rowOf(table, id)).toEqual(begun);

    const sync = { kind: `sync_${what}`, id };
    expect(await postpone(sync, soon)).toBe(1);
    expect(await recordFailure(desk.db, desk.settings, sync, "it fails")).toMatchObject({
      round: 1,
    });
  },
);
