import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { keepHouse } from "../../src/workers/house-keeping.ts";
import {
  openShop,
  placed,
  requestOf,
  reserved,
  stockProduct,
  type TestShop,
} from "../support/shop.ts";
import { awaitingPayment, type Paying } from "./paying.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues({ CONTACT_DAYS: 400 });
let shop: TestShop;
beforeAll(async () => {
  shop = await openShop(desk.db);
  await stockProduct(desk.db, "kept", 100);
  await stockProduct(desk.db, "rare", 1);
});

const one = () => requestOf(shop, [{ sku: "kept", quantity: 1 }]);

async function isKnown(orderId: string): Promise<boolean> {
  const { rows } = await sql`SELECT FROM order_contacts WHERE order_id = ${orderId}`.execute(
    desk.db,
  );
  return rows.length === 1;
}

async function eraseAt(orderId: string, moment: string): Promise<void> {
  await sql`UPDATE order_contacts SET erase_at = now() + ${moment}::interval
    WHERE order_id = ${orderId}`.execute(desk.db);
}

describe("a person", () => {
  test("is known while the order lives, and for a day when nothing was sold", async () => {
    const wants = requestOf(shop, [{ sku: "rare", quantity: 2 }]);
    const [live = "", rejected = ""] = await reserved(desk.db, desk.settings, one(), wants);
    const { rows } = await sql<{ id: string; hours: number | null }>`
      SELECT order_id AS id, extract(epoch FROM erase_at - placed_at)::float8 / 3600 AS hours
      FROM order_contacts JOIN orders ON orders.id = order_id
      WHERE order_id = ANY(${[live, rejected]}::uuid[])`.execute(desk.db);
    expect(new Map(rows.map(({ id, hours }) => [id, hours]))).toEqual(
      new Map([
        [live, null],
        [rejected, 24],
      ]),
    );
  });

  test("is erased when the time has come, and not before", async () => {
    const [due = "", early = ""] = await placed(desk.db, desk.settings, one(), one());
    await eraseAt(due, "-1 second");
    await eraseAt(early, "1 hour");
    await keepHouse(desk);
    expect([await isKnown(due), await isKnown(early)]).toEqual([false, true]);
  });

  test("is kept while a payment of theirs is not final", async () => {
    const { orderId, paymentId } = await awaitingPayment(desk, "kept-paying");
    await eraseAt(orderId, "-1 second");
    await keepHouse(desk);
    expect(await isKnown(orderId)).toBe(true);
    await sql`UPDATE payments SET status = 'cancelled', due_at = NULL
      WHERE id = ${paymentId}`.execute(desk.db);
    await keepHouse(desk);
    expect(await isKnown(orderId)).toBe(false);
  });
});

/** A refund of a captured payment that Stripe has not been asked for yet. */
async function captureAndRefund({ orderId, paymentId }: Paying): Promise<void> {
  await sql`UPDATE payments SET status = 'captured', captured_minor = amount_minor,
    captured_currency = currency, captured_at = now(), due_at = NULL
    WHERE id = ${paymentId}`.execute(desk.db);
  await sql`INSERT INTO refunds (id, order_id, payment_id, amount_minor, currency, reason, actor,
      due_at) VALUES (${randomUUID()}, ${orderId}, ${paymentId}, 1, 'gbp', 'damaged', 'test', now())
    `.execute(desk.db);
}

test("a person is kept while money of theirs is on its way back", async () => {
  const paying = await awaitingPayment(desk, "kept-refunded");
  const { orderId } = paying;
  await captureAndRefund(paying);
  await eraseAt(orderId, "-1 second");
  await keepHouse(desk);
  expect(await isKnown(orderId)).toBe(true);
  await sql`UPDATE refunds SET status = 'failed', due_at = NULL
    WHERE order_id = ${orderId}`.execute(desk.db);
  await keepHouse(desk);
  expect(await isKnown(orderId)).toBe(false);
});

describe("old rows", () => {
  test("of idempotency keys go after seven days", async () => {
    const [old, young] = [randomUUID(), randomUUID()];
    for (const [key, age] of [
      [old, "7 days 1 minute"],
      [young, "6 days 23 hours"],
    ]) {
      await sql`INSERT INTO idempotency_keys
        (shop_id, operation, key, fingerprint, resource_id, created_at)
        VALUES (${shop.id}, 'place_order', ${key}, '', 'x', now() - ${age}::interval)
      `.execute(desk.db);
    }
    await keepHouse(desk);
    const { rows } = await sql<{ key: string }>`
      SELECT key FROM idempotency_keys WHERE key = ANY(${[old, young]})`.execute(desk.db);
    expect(rows).toEqual([{ key: young }]);
  });

  test("of webhooks lose body and headers 30 days after they settled, no sooner", async () => {
    const settled = (age: string) => sql`(now() - ${age}::interval)`;
    for (const [id, status, at, dueAt] of [
      ["evt_old", "applied", settled("30 days 1 minute"), sql`NULL`],
      ["evt_young", "applied", settled("29 days"), sql`NULL`],
      ["evt_waiting", "received", sql`NULL`, sql`now()`],
    ] as const) {
      await sql`INSERT INTO webhook_events
        (id, source, type, topic, received_at, status, settled_at, due_at)
        VALUES (${id}, 'webhook', 'payment_intent.succeeded', 'intent',
          now() - interval '60 days', ${status}, ${at}::timestamptz, ${dueAt}::timestamptz)
        `.execute(desk.db);
      await sql`INSERT INTO webhook_bodies (event_id, body, headers, stored_at)
        VALUES (${id}, '{}', '{"user-agent": "Stripe"}', now() - interval '60 days')
        `.execute(desk.db);
    }
    await keepHouse(desk);
    const events = await desk.db.selectFrom("webhook_events").select("id").execute();
    expect(events).toHaveLength(3);
    const bodies = await desk.db.selectFrom("webhook_bodies").selectAll().execute();
    const kept = bodies.map(({ event_id }) => event_id);
    expect(kept.sort()).toEqual(["evt_waiting", "evt_young"]);
  });

  test("of bodies all go whose time is over, page by page, past those that stay", async () => {
    await sql`INSERT INTO webhook_events
        (id, source, type, topic, received_at, status, settled_at, due_at)
      SELECT 'evt_many_' || n, 'webhook', 'payment_intent.succeeded', 'intent',
        now() - interval '60 days', CASE WHEN n % 3 = 0 THEN 'received' ELSE 'applied' END,
        CASE WHEN n % 3 > 0 THEN now() - interval '31 days' END,
        CASE WHEN n % 3 = 0 THEN now() END
      FROM generate_series(1, 3600) AS n`.execute(desk.db);
    await sql`INSERT INTO webhook_bodies (event_id, body, stored_at)
      SELECT id, '{}', now() - interval '60 days' + substr(id, 10)::integer / 4 * interval '1 ms'
      FROM webhook_events WHERE id LIKE 'evt_many_%'`.execute(desk.db);
    await keepHouse(desk);
    const { rows } = await sql`
      SELECT status, count(*) FROM webhook_bodies JOIN webhook_events ON id = event_id
      WHERE id LIKE 'evt_many_%' GROUP BY status`.execute(desk.db);
    expect(rows).toEqual([{ status: "received", count: 1_200 }]);
    await sql`DELETE FROM webhook_bodies WHERE event_id LIKE 'evt_many_%'`.execute(desk.db);
  });

  test("of processes that were not seen for a day go", async () => {
    await sql`INSERT INTO heartbeats (instance, role, at) VALUES
      ('gone', 'sweeper', now() - interval '25 hours'), ('here', 'sweeper', now())`.execute(
      desk.db,
    );
    await keepHouse(desk);
    const rows = await desk.db.selectFrom("heartbeats").select("instance").execute();
    expect(rows).toEqual([{ instance: "here" }]);
  });
});

test("a person is kept while a message to them is still to be sent", async () => {
  const { orderId } = await awaitingPayment(desk, "kept-told");
  await sql`UPDATE payments SET status = 'cancelled', due_at = NULL
    WHERE order_id = ${orderId}`.execute(desk.db);
  await sql`INSERT INTO notifications (id, order_id, seq, template, channel, due_at)
    VALUES (${randomUUID()}, ${orderId}, 1, 'order_expired', 'email', now())`.execute(desk.db);
  await eraseAt(orderId, "-1 second");
  await keepHouse(desk);
  expect(await isKnown(orderId)).toBe(true);
  await sql`UPDATE notifications SET status = 'sent', sent_at = now(), due_at = NULL
    WHERE order_id = ${orderId}`.execute(desk.db);
  await keepHouse(desk);
  expect(await isKnown(orderId)).toBe(false);
});
