import { describe, expect, test } from "vitest";
import { NotYet } from "../../../src/errors.ts";
import { compareBooks } from "../../../src/workers/comparison/compare-books.ts";
import { recordFailure } from "../../../src/workers/record-failure.ts";
import { useQueues } from "../queue-desk.ts";
import { atOnce, comparingMeans, cursorOf } from "./comparing.ts";

const desk = useQueues(atOnce);

const hoursUntil = (date: Date) => (date.getTime() - Date.now()) / 3_600_000;

describe("a list that can't be read", () => {
  test("holds up no other, is on record, and is read as far back the next time", async () => {
    const shop = await comparingMeans(desk);
    const before = await shop.cursor();
    const { intent } = await shop.payable("behind-it");
    await shop.pay(intent);
    await shop.standIns.tell(`/stripe/intents/${intent.id}/dispute`, {});
    await shop.fail("GET /v1/refunds", 403);
    const found = await shop.compare();
    expect(found).toMatchObject({ disputes: 1, failed: { refunds: expect.any(String) } });
    const failed = await shop.cursor();
    expect(failed.last_error).toMatch(/^refunds: stripe_key_refused: /);
    expect(failed.position).toEqual(before.position);
    expect(hoursUntil(failed.due_at)).toBeGreaterThan(0.9);

    await shop.heal();
    expect(await shop.compare()).toMatchObject({ failed: {} });
    const healed = await shop.cursor();
    expect(healed.last_error).toBeNull();
    expect(healed.position.getTime()).toBeGreaterThan(Date.now() - 5_000);
  });

  test("costs the lists that were read neither their place nor their pages", async () => {
    const shop = await comparingMeans(desk);
    await shop.fail("GET /v1/disputes", 500);
    await shop.compare("nightly_comparison");
    const { due_at, findings } = await shop.cursor("nightly_comparison");
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
    expect((await shop.cursor()).last_error).toBeNull();
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
    await shop.fail("GET /v1/payment_intents", 500, { times: 3 });
  }
  expect(seen).toEqual([100, 2]);
});

test.each([
  ["events", 30],
  ["hourly_comparison", 3_600],
  ["nightly_comparison", 3_600],
])("%s is tried again after %i seconds, however often it failed", async (id, seconds) => {
  const settings = { ...desk.settings, BACKOFF_SECONDS: [7_200] };
  await recordFailure(desk.db, settings, { kind: "compare_books", id }, "It failed.");
  const { due_at } = await cursorOf(desk, id);
  expect(Math.round(hoursUntil(due_at) * 360)).toBe(seconds / 10);
});
