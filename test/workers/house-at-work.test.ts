import { type KyselyPlugin, sql } from "kysely";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { generateHistory } from "../../scripts/bench/history/generate-history.ts";
import { inTransaction, type Trx } from "../../src/db/transaction.ts";
import { claimMessages } from "../../src/notifications/claim-messages.ts";
import { erasePageSize, erasePersons } from "../../src/orders/erase-persons.ts";
import { readInstallation } from "../../src/orders/installation/installation.ts";
import { applyIntents } from "../../src/orders/paying/apply-intent.ts";
import { placeOrders } from "../../src/orders/place-order.ts";
import { reserveOrders } from "../../src/orders/reserve-orders.ts";
import { keepHouse } from "../../src/workers/house-keeping.ts";
import { pageSize } from "../../src/workers/in-pages.ts";
import { runSweeper } from "../../src/workers/sweeper.ts";
import { momentIn } from "../support/money-back.ts";
import { plainIntent } from "../support/plain-intent.ts";
import { fillWithRecentRows } from "../support/recent-rows.ts";
import { openShop, requestOf, stockProduct, type TestShop } from "../support/shop.ts";
import { waitFor } from "../support/wait-for.ts";
import { reserving } from "./paying.ts";
import { useQueues } from "./queue-desk.ts";

const orders = 2_500;
const desk = useQueues();
let shop: TestShop;

beforeAll(async () => {
  shop = await openShop(desk.db);
  for (const sku of ["one", "two"]) await stockProduct(desk.db, sku, 1_000);
  await generateHistory(desk.settings.DATABASE_URL, { orders, say: () => undefined });
  await fillWithRecentRows(desk.db);
  await letAllBeDue();
}, 60_000);

/** All that is kept for a time is due to go. */
async function letAllBeDue(): Promise<void> {
  for (const statement of [
    "UPDATE order_contacts SET erase_at = now() - interval '1 s' WHERE erase_at IS NOT NULL",
    "UPDATE idempotency_keys SET created_at = now() - interval '8 days'",
    "UPDATE delivery_reports SET received_at = now() - interval '31 days'",
    "UPDATE webhook_deliveries SET ended_at = now() - interval '31 days'",
    "DELETE FROM webhook_bodies",
    `INSERT INTO webhook_bodies (event_id, body, stored_at)
      SELECT id, '{}', now() - interval '31 days' FROM webhook_events`,
    `INSERT INTO webhook_deliveries (endpoint_id, kind, order_id, seq, status, due_at)
      SELECT endpoint_id, 'replay', order_id, seq, 'parked', now() + interval '3 days'
      FROM webhook_deliveries`,
  ]) {
    await sql.raw(statement).execute(desk.db);
  }
}

async function countDue(): Promise<Record<string, number>> {
  const { rows } = await sql<Record<string, number>>`
    SELECT (SELECT count(*) FROM order_contacts WHERE erase_at <= now()) AS persons,
      (SELECT count(*) FROM idempotency_keys
        WHERE created_at < now() - interval '7 days') AS keys,
      (SELECT count(*) FROM delivery_reports
        WHERE received_at < now() - interval '30 days') AS reports,
      (SELECT count(*) FROM webhook_deliveries
        WHERE ended_at < now() - interval '30 days') AS deliveries,
      (SELECT count(*) FROM webhook_deliveries WHERE due_at IS NOT NULL) AS unheard,
      (SELECT count(*) FROM webhook_bodies) AS bodies`.execute(desk.db);
  return rows[0] ?? {};
}
const nothingDue = { persons: 0, keys: 0, reports: 0, deliveries: 0, unheard: 0, bodies: 0 };

/** An order from its placing to the claim of its mail, as the processes do it. */
async function liveOneLife(trx: Trx): Promise<number> {
  const { settings } = desk;
  const request = requestOf(shop, [{ sku: "one", quantity: 1 }]);
  const { placements } = await placeOrders(trx, settings, [request]);
  const [orderId = ""] = placements.flatMap((placement) =>
    placement.outcome === "placed" ? placement.order.id : [],
  );
  await reserveOrders(trx, settings, [orderId]);
  const { id: paymentId, amount_minor: amountMinor } = await trx
    .selectFrom("payments")
    .select(["id", "amount_minor"])
    .where("order_id", "=", orderId)
    .executeTakeFirstOrThrow();
  const ours = { installation: await readInstallation(trx), livemode: false };
  const intent = {
    ...plainIntent(),
    ...{ id: `pi_${orderId}`, status: "captured" as const, livemode: false, clientSecret: null },
    ...{ amountMinor, capturedMinor: amountMinor, currency: "gbp", orderId, paymentId },
    installation: ours.installation,
  };
  const seen = { paymentId, intent, observedAt: await momentIn(trx) };
  await applyIntents(trx, settings, ours, [seen]);
  const messages = await trx
    .selectFrom("notifications")
    .select("id")
    .where("order_id", "=", orderId)
    .execute();
  const ids = messages.map(({ id }) => id);
  return (await claimMessages(trx, settings, ids)).size;
}

/** Counts the rows that each statement changed, or answered, or says that it changed. */
function rowCounter(): { plugin: KyselyPlugin; most: () => number } {
  let most = 0;
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      const said = Number(result.rows[0]?.["count"] ?? 0);
      most = Math.max(most, Number(result.numAffectedRows ?? 0), result.rows.length, said);
      return result;
    },
  };
  return { plugin, most: () => most };
}

describe("where thousands of persons, keys and webhooks are due to go", () => {
  test("orders are placed, paid and told of while a page of persons is being erased", async () => {
    const { persons = 0 } = await countDue();
    await inTransaction(desk.db, async (erasing) => {
      expect(await erasePersons(erasing, "-infinity")).toMatchObject({ persons: erasePageSize });
      const messages = await inTransaction(desk.db, async (trx) => {
        await sql`SET LOCAL lock_timeout = '100 ms'`.execute(trx);
        return await liveOneLife(trx);
      });
      expect(messages).toBe(2);
    });
    expect(await countDue()).toMatchObject({ persons: persons - erasePageSize });
  });

  test("a turn that is told to stop leaves them to the next", async () => {
    const due = await countDue();
    await keepHouse({ ...desk, stopping: AbortSignal.abort() });
    expect(await countDue()).toEqual(due);
  });

  test("all go in one turn, by bounded statements, though orders are being worked on", async () => {
    expect(Math.min(...Object.values(await countDue()))).toBeGreaterThan(2 * pageSize - 200);
    const { plugin, most } = rowCounter();
    await inTransaction(desk.db, async (trx) => {
      expect(await liveOneLife(trx)).toBe(2);
      // Whoever had to wait for that would give up, and the turn would fail.
      await keepHouse({ ...desk, db: desk.db.withPlugin(plugin) });
    });
    expect(await countDue()).toEqual(nothingDue);
    expect(most()).toBe(pageSize);
  });

  test("what waits is swept meanwhile", async () => {
    const orderId = await reserving(desk, "swept");
    await inTransaction(desk.db, async (trx) => {
      await sql`LOCK TABLE order_contacts IN ACCESS EXCLUSIVE MODE`.execute(trx);
      const sweeper = runSweeper(desk);
      onTestFinished(() => sweeper.stop());
      await waitFor("house-keeping to wait for the table", async () => {
        const { rows } = await sql`SELECT FROM pg_locks WHERE NOT granted
          AND relation = 'order_contacts'::regclass`.execute(desk.db);
        return rows.length === 1 || undefined;
      });
      await sql`UPDATE orders SET due_at = now() - interval '1 s' WHERE id = ${orderId}`.execute(
        desk.db,
      );
      await waitFor("the order's next turn", async () => {
        const { rows } = await sql`
          SELECT FROM orders WHERE id = ${orderId} AND due_at > now()`.execute(desk.db);
        return rows.length === 1 || undefined;
      });
    });
  });
});
