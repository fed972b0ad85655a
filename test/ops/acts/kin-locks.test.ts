import { sql } from "kysely";
import { expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { lockWhole } from "../../../src/ops/acts/record.ts";
import { copiesAt } from "../../orders/operators/copies.ts";
import { captured } from "../../support/paying.ts";
import { waitFor } from "../../support/wait-for.ts";
import { useActDesk } from "./desk.ts";

const { desk } = useActDesk();
const { payableTwins } = copiesAt(desk);

/** Somebody waits for a lock in this test's own database. */
async function untilSomebodyWaits(): Promise<void> {
  await waitFor("somebody to wait for a lock", async () => {
    const { rows } = await sql`
      SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(desk.db);
    return rows.length > 0 ? true : undefined;
  });
}

test("an act on a copy and late money for its original never wait in a circle", async () => {
  const { old, copy } = await payableTwins();
  const late = Promise.withResolvers<unknown>();
  // What an act does that asks Stripe: it locks its order, and applies what Stripe says of it.
  const acting = inTransaction(desk.db, async (trx) => {
    await lockWhole(trx, copy.orderId);
    desk.apply(old, captured).then(late.resolve, late.reject);
    await untilSomebodyWaits();
    await desk.applyWithin(trx, copy, {}, await desk.now());
  });
  await expect(Promise.all([acting, late.promise])).resolves.toBeDefined();
  expect(await desk.orderOf(old)).toMatchObject({ status: "paid" });
});
