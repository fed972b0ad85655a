import { sql } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { createOrderWatch } from "../../../src/api/live/order-watch.ts";
import { createPollLoop } from "../../../src/api/live/poll-loop.ts";
import type { Db } from "../../../src/db/connect.ts";
import type { News } from "../../../src/orders/order-news.ts";
import { useFeedDesk } from "../../orders/feed-desk.ts";
import { quiet } from "../../support/settings.ts";
import { waitFor } from "../../support/wait-for.ts";

const desk = useFeedDesk();
const everyMs = 20;

/** Watches by statements that are counted. */
function countingWatch(db: Db) {
  let statements = 0;
  const counted = db.withPlugin({
    transformQuery({ node }) {
      statements++;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const watch = createOrderWatch(counted, createPollLoop(quiet, everyMs));
  const follow = (orderId: string, after = 2) => {
    const seen: News[] = [];
    const stop = watch.follow(orderId, after, (news) => void seen.push(...news));
    onTestFinished(stop);
    return { seen, seqs: () => seen.map(({ seq }) => seq), stop };
  };
  return { follow, statements: () => statements };
}

describe("the loop", () => {
  test("asks nothing while nobody watches, and one question for all who do", async () => {
    const { follow, statements } = countingWatch(desk.db);
    const orderIds = await Promise.all(Array.from({ length: 50 }, () => desk.order()));
    expect(statements()).toBe(0);

    const followers = orderIds.map((orderId) => follow(orderId));
    const before = statements();
    await desk.happenNow(orderIds[7] ?? "");
    await waitFor("the news", () => followers[7]?.seqs().length === 1);
    const startedAt = performance.now();
    const asked = statements() - before;
    await waitFor("more looks", () => statements() > before + asked + 5);
    // Fifty questions a look would be far more.
    expect(statements() - before - asked).toBeLessThan(
      (performance.now() - startedAt) / everyMs + 7,
    );
    expect(followers.filter(({ seen }) => seen.length > 0)).toHaveLength(1);

    for (const { stop } of followers) stop();
    const left = statements();
    const until = performance.now() + 10 * everyMs;
    while (performance.now() < until) await desk.happenNow(orderIds[0] ?? "");
    // One question may have been under way.
    expect(statements()).toBeLessThanOrEqual(left + 1);
  });

  test("tells everything in its order to those who come while it asks", async () => {
    const { follow } = countingWatch(desk.db);
    const orderId = await desk.order();
    const followers = [follow(orderId)];
    for (let count = 0; count < 20; count++) {
      await desk.happenNow(orderId);
      followers.push(follow(orderId, count % 3));
      if (count % 4 === 0) followers.at(-2)?.stop();
    }
    const all = Array.from({ length: 22 }, (_, index) => index + 1);
    for (const [index, each] of followers.entries()) {
      if (index % 4 === 0 && index < 20) continue;
      const after = index === 0 ? 2 : (index - 1) % 3;
      await waitFor("all news", () => each.seqs().length === 22 - after);
      expect(each.seqs()).toEqual(all.slice(after));
    }
  });

  test("takes a long history in pieces, each event once", async () => {
    const { follow } = countingWatch(desk.db);
    const orderId = await desk.order();
    await fill(orderId, 2_500);
    const follower = follow(orderId, 0);
    await waitFor("all of it", () => follower.seqs().length === 2_500);
    expect(follower.seqs()).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1));
  });
});

/** Gives an order a history of so many events, at once. */
async function fill(orderId: string, events: number): Promise<void> {
  await sql`INSERT INTO order_events (order_id, seq, event, to_status, actor, shop_id)
    SELECT ${orderId}, nr, 'pay_link_sent', 'reserving', 'test', ${desk.shop.id}
    FROM generate_series(3, ${events}::integer) AS nr`.execute(desk.db);
}
