import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { NotYet, Refused, Unavailable } from "../../../src/errors.ts";
import { compareBooks } from "../../../src/workers/comparison/compare-books.ts";
import { useQueues } from "../queue-desk.ts";
import { atOnce, comparingMeans } from "./comparing.ts";

const desk = useQueues(atOnce);

describe("an object that can't be read", () => {
  test("is an open break with its reason, and all else is compared", async () => {
    const shop = await comparingMeans(desk);
    const { intent } = await shop.payable("unreadable");
    await shop.pay(intent);
    await shop.fail("GET /v1/payment_intents/:id", 500);
    expect(await shop.compare()).toMatchObject({ intents: 1, failed: {} });
    expect(await shop.breaksOf(intent)).toMatchObject([
      { status: "open", last_error: expect.stringContaining("stripe_unreachable") },
    ]);
    await shop.heal();
    await shop.settle(intent);
    expect(await shop.breaksOf(intent)).toMatchObject([{ outcome: "applied" }]);
  });

  test("is settled as applied, too, where a webhook was quicker", async () => {
    const shop = await comparingMeans(desk);
    const { paying, intent } = await shop.payable("webhook-first");
    await shop.pay(intent);
    await shop.fail("GET /v1/payment_intents/:id", 500);
    await shop.compare();
    await shop.heal();
    await shop.syncs.payment(paying.paymentId);
    await shop.settle(intent);
    expect(await shop.breaksOf(intent)).toMatchObject([{ fault: "differs", outcome: "applied" }]);
  });

  test("is an open break too, where Stripe's list had it not", async () => {
    const shop = await comparingMeans(desk);
    const { paying } = await shop.payable("unlisted");
    await desk.db
      .updateTable("payments")
      .set({ intent_id: "pi_unlisted", created_at: new Date(Date.now() - 600_000) })
      .where("id", "=", paying.paymentId)
      .execute();
    const readIntent = () => Promise.reject(new Unavailable("stripe_unreachable", "Away."));
    const gateway = { ...shop.gateway, readIntent };
    await compareBooks({ ...shop, gateway })({ id: "hourly_comparison" }, shop.job);
    expect(await shop.breaksOf({ id: "pi_unlisted" })).toMatchObject([
      { fault: "unknown_at_stripe", status: "open", last_error: "stripe_unreachable: Away." },
    ]);
  });

  test("at the first time only leaves no break", async () => {
    const shop = await comparingMeans(desk);
    const { paying, intent } = await shop.payable("slow-once");
    await desk.db
      .updateTable("payments")
      .set({ created_at: new Date(Date.now() - 600_000) })
      .where("id", "=", paying.paymentId)
      .execute();
    const hidden = { ...shop.gateway, async *listIntents() {} };
    await shop.fail("GET /v1/payment_intents/:id", 500, { times: 1 });
    await compareBooks({ ...shop, gateway: hidden })({ id: "hourly_comparison" }, shop.job);
    expect(await shop.breaksOf(intent)).toEqual([]);
  });

  test("leaves its list where it was, when it was not even its turn", async () => {
    const shop = await comparingMeans(desk);
    const before = await shop.cursor();
    const { paying } = await shop.payable("not-its-turn");
    await desk.db
      .updateTable("payments")
      .set({ intent_id: "pi_not_its_turn", created_at: new Date(Date.now() - 600_000) })
      .where("id", "=", paying.paymentId)
      .execute();
    const readIntent = () => Promise.reject(new NotYet("stripe_no_slot", "More wait.", 1));
    const gateway = { ...shop.gateway, readIntent };
    await compareBooks({ ...shop, gateway })({ id: "hourly_comparison" }, shop.job);
    const { position, last_error } = await shop.cursor();
    expect(position).toEqual(before.position);
    expect(last_error).toContain("could not be looked for");
  });
});

test("more missing objects than one run looks for hold the list up for one more run", async () => {
  const shop = await comparingMeans(desk);
  const { paying } = await shop.payable("many-missing");
  await sql`
    INSERT INTO payments (id, order_id, attempt, status, amount_minor, currency, intent_id,
      created_at)
    SELECT gen_random_uuid(), ${paying.orderId}, 1 + nr, 'cancelled', 1000, 'gbp',
      'pi_missing_' || nr, now() - interval '10 minutes'
    FROM generate_series(1, 250) AS nr`.execute(desk.db);
  const missing = new Refused("resource_missing", "No such payment_intent.");
  const gateway = { ...shop.gateway, readIntent: () => Promise.reject(missing) };
  const compare = () => compareBooks({ ...shop, gateway })({ id: "hourly_comparison" }, shop.job);
  await compare();
  expect((await shop.cursor()).last_error).toContain("could not be looked for");
  await compare();
  expect(await shop.cursor()).toMatchObject({ last_error: null, findings: { unread: 0 } });
  const { rows } = await sql<{ open: number }>`
    SELECT count(*) AS open FROM breaks WHERE status = 'open' AND fault = 'unknown_at_stripe'
      AND object_id LIKE 'pi_missing_%'`.execute(desk.db);
  expect(rows).toEqual([{ open: 250 }]);
});
