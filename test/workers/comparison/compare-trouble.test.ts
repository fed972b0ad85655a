import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { NotYet, Refused, Unavailable } from "../../../src/errors.ts";
import { compareBooks } from "../../../src/workers/comparison/compare-books.ts";
import { recordFailure } from "../../../src/workers/record-failure.ts";
import { useQueues } from "../queue-desk.ts";
import { atOnce, comparingMeans } from "./comparing.ts";

const desk = useQueues(atOnce);
type Shop = Awaited<ReturnType<typeof comparingMeans>>;

const cursorOf = async (name = "hourly_comparison") =>
  await desk.db
    .selectFrom("stripe_cursors")
    .selectAll()
    .where("name", "=", name)
    .executeTakeFirstOrThrow();

const hoursUntil = (date: Date) => (date.getTime() - Date.now()) / 3_600_000;

/** Stripe's stand-in answers so to a route, until it is healed. */
const fail = (shop: Shop, route: string, status: number) =>
  shop.standIns.tell("/faults", { service: "stripe", kind: "status", route, status });
const heal = (shop: Shop) => fetch(`${shop.standIns.url}/_sandbox/faults`, { method: "DELETE" });

describe("a list that can't be read", () => {
  test("holds up no other, is on record, and is read as far back the next time", async () => {
    const shop = await comparingMeans(desk);
    const before = await cursorOf();
    const { intent } = await shop.payable("behind-it");
    await shop.pay(intent);
    await shop.standIns.tell(`/stripe/intents/${intent.id}/dispute`, {});
    await fail(shop, "GET /v1/refunds", 403);
    const found = await shop.compare();
    expect(found).toMatchObject({ disputes: 1, failed: { refunds: expect.any(String) } });
    const failed = await cursorOf();
    expect(failed.last_error).toMatch(/^refunds: stripe_key_refused: /);
    expect(failed.position).toEqual(before.position);
    expect(hoursUntil(failed.due_at)).toBeGreaterThan(0.9);

    await heal(shop);
    expect(await shop.compare()).toMatchObject({ failed: {} });
    const healed = await cursorOf();
    expect(healed.last_error).toBeNull();
    expect(healed.position.getTime()).toBeGreaterThan(Date.now() - 5_000);
  });

  test("costs the lists that were read neither their place nor their pages", async () => {
    const shop = await comparingMeans(desk);
    await fail(shop, "GET /v1/disputes", 500);
    await shop.compare("nightly_comparison");
    const { due_at, findings } = await cursorOf("nightly_comparison");
    expect(hoursUntil(due_at)).toBeGreaterThan(0.01);
    expect(hoursUntil(due_at)).toBeLessThanOrEqual(6);
    const { intents, disputes } = findings["reached"] as Record<string, string>;
    expect(Date.parse(intents ?? "")).toBeGreaterThan(Date.now() - 5_000);
    expect(Date.parse(disputes ?? "")).toBeLessThan(Date.parse(intents ?? ""));
  });

  test("is walked on from where it was, and not from its first page", async () => {
    const shop = await comparingMeans(desk);
    await shop.lost("first-page");
    const spans: { since: Date; until: Date }[] = [];
    const gateway: typeof shop.gateway = {
      ...shop.gateway,
      async *listIntents(span) {
        spans.push(span);
        yield* shop.gateway.listIntents(span);
        if (spans.length === 1) throw new NotYet("stripe_no_slot", "More requests wait.", 0.01);
      },
    };
    await shop.compare();
    await compareBooks({ ...shop, gateway })({ id: "hourly_comparison" }, shop.job);
    expect(spans).toHaveLength(2);
    expect(spans[1]?.since).toEqual(spans[0]?.since);
    expect(spans[1]?.until.getTime()).toBeLessThan(spans[0]?.until.getTime() ?? 0);
    expect((await cursorOf()).last_error).toBeNull();
  });
});

test("a page that Stripe fails to give three times is asked for once more", async () => {
  const shop = await comparingMeans(desk);
  const { paying } = await shop.payable("page-101");
  await Promise.all(Array.from({ length: 101 }, () => shop.stamped(paying)));
  const pages = shop.gateway.listIntents({ since: new Date(0), until: new Date(Date.now() + 9e6) });
  const seen: number[] = [];
  for await (const { length } of pages) {
    seen.push(length);
    if (seen.length > 1) continue;
    await shop.standIns.tell("/faults", {
      ...{ service: "stripe", kind: "status", status: 500, times: 3 },
      route: "GET /v1/payment_intents",
    });
  }
  expect(seen).toEqual([100, 2]);
});

describe("an object that can't be read", () => {
  test("is an open break with its reason, and all else is compared", async () => {
    const shop = await comparingMeans(desk);
    const { intent } = await shop.payable("unreadable");
    await shop.pay(intent);
    await fail(shop, "GET /v1/payment_intents/:id", 500);
    expect(await shop.compare()).toMatchObject({ intents: 1, failed: {} });
    expect(await shop.breaksOf(intent)).toMatchObject([
      { status: "open", last_error: expect.stringContaining("stripe_unreachable") },
    ]);
    await heal(shop);
    await shop.settle(intent);
    expect(await shop.breaksOf(intent)).toMatchObject([{ outcome: "applied" }]);
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
    await shop.standIns.tell("/faults", {
      ...{ service: "stripe", kind: "status", status: 500, times: 1 },
      route: "GET /v1/payment_intents/:id",
    });
    await compareBooks({ ...shop, gateway: hidden })({ id: "hourly_comparison" }, shop.job);
    expect(await shop.breaksOf(intent)).toEqual([]);
  });

  test("leaves its list where it was, when it was not even its turn", async () => {
    const shop = await comparingMeans(desk);
    const before = await cursorOf();
    const { paying } = await shop.payable("not-its-turn");
    await desk.db
      .updateTable("payments")
      .set({ intent_id: "pi_not_its_turn", created_at: new Date(Date.now() - 600_000) })
      .where("id", "=", paying.paymentId)
      .execute();
    const readIntent = () => Promise.reject(new NotYet("stripe_no_slot", "More wait.", 1));
    const gateway = { ...shop.gateway, readIntent };
    await compareBooks({ ...shop, gateway })({ id: "hourly_comparison" }, shop.job);
    const { position, last_error } = await cursorOf();
    expect(position).toEqual(before.position);
    expect(last_error).toContain("could not be looked for");
  });
});

test("more missing objects than are looked for in one go hold the list up for one more", async () => {
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
  expect((await cursorOf()).last_error).toContain("could not be looked for");
  await compare();
  expect(await cursorOf()).toMatchObject({ last_error: null, findings: { unread: 0 } });
  const { rows } = await sql<{ open: number }>`
    SELECT count(*) AS open FROM breaks WHERE status = 'open' AND fault = 'unknown_at_stripe'
      AND object_id LIKE 'pi_missing_%'`.execute(desk.db);
  expect(rows).toEqual([{ open: 250 }]);
});

test.each([
  ["events", 30],
  ["hourly_comparison", 3_600],
  ["nightly_comparison", 3_600],
])("%s is tried again after %i seconds, however often it failed", async (id, seconds) => {
  const settings = { ...desk.settings, BACKOFF_SECONDS: [7_200] };
  await recordFailure(desk.db, settings, { kind: "compare_books", id }, "It failed.");
  const { due_at } = await cursorOf(id);
  expect(Math.round(hoursUntil(due_at) * 360)).toBe(seconds / 10);
});
