import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { recipientOf } from "../../../src/notifications/staff/recipients.ts";
import { lookWhenDue } from "../../../src/ops/on-call/watch-problems.ts";
import { flag } from "../../../src/orders/attention.ts";
import { readBundle } from "../../../src/queues/bundle.ts";
import { onCall, useWatch } from "./watch-desk.ts";

const { desk, queues, means, look, pass, letters, problem, settle } = useWatch();

const title = "Flagged for a person";

describe("those on call", () => {
  test("are told once of what outlasts its patience, and once that it is over", async () => {
    const { orderId, number } = await problem();
    await look();
    await pass(9);
    await look();
    expect(await letters()).toEqual([]);
    await pass(1);
    await look();
    const told = { title, about: null, orders: [{ id: orderId, number }], more: 0 };
    expect(await letters()).toEqual([{ raised: [told], over: [] }]);
    expect(await letters(onCall.to[1])).toHaveLength(1);

    await pass(60);
    await look();
    expect(await letters()).toHaveLength(1);
    await settle(orderId);
    await look();
    await pass(9);
    await look();
    expect(await letters()).toHaveLength(1);
    await pass(1);
    await look();
    expect((await letters()).at(-1)).toEqual({ raised: [], over: [told] });
    await pass(60);
    await look();
    expect(await letters()).toHaveLength(2);
  });

  test("are told once by many processes that look at the same time, 50 times over", async () => {
    for (let round = 0; round < 50; round++) {
      await sql`DELETE FROM alarms`.execute(desk.db);
      await sql`DELETE FROM notifications WHERE template = 'on_call'`.execute(desk.db);
      await sql`INSERT INTO alarms (id, code, due_at)
        VALUES (gen_random_uuid(), 'no_sweeper', now())`.execute(desk.db);
      await sql`UPDATE heartbeats SET at = now() - interval '1 hour'`.execute(desk.db);
      // Half of them find the round due once more while the first of them books it.
      const late = sql`UPDATE alarm_rounds SET due_at = now()`.execute(desk.db);
      const looks = Array.from({ length: 8 }, () => lookWhenDue(means()));
      await Promise.all([late, ...looks]);
      await look();
      expect(await letters()).toHaveLength(1);
    }
  });

  test("hear nothing of what was over before its patience was", async () => {
    const { orderId } = await problem();
    await look();
    await settle(orderId);
    await pass(20);
    await look();
    expect(await letters()).toEqual([]);
    expect(await desk.db.selectFrom("alarms").select("id").execute()).toEqual([]);
  });

  test("hear nothing of one that comes and goes once they know of it", async () => {
    const { orderId } = await problem();
    await look();
    await pass(10);
    await look();
    for (let turn = 0; turn < 5; turn++) {
      await sql`UPDATE orders SET attention = NULL, settled_at = now()`.execute(desk.db);
      await look();
      await pass(5);
      await inTransaction(desk.db, (trx) =>
        flag(trx, [{ orderId, code: `again_${turn}` }], "test"),
      );
      await look();
      await pass(5);
    }
    expect(await letters()).toHaveLength(1);
  });

  test("hear of one that was over no sooner than an hour after they were told", async () => {
    const { orderId } = await problem();
    await look();
    await pass(10);
    await look();
    await settle(orderId);
    await look();
    await pass(10);
    await look();
    expect(await letters()).toHaveLength(2);

    await inTransaction(desk.db, (trx) => flag(trx, [{ orderId, code: "called_again" }], "test"));
    await look();
    await pass(20);
    await look();
    expect(await letters()).toHaveLength(2);
    await pass(40);
    await look();
    await pass(10);
    await look();
    expect(await letters()).toHaveLength(3);
  });

  test("get one letter of many problems, and none for five minutes after it", async () => {
    const many = await Promise.all(Array.from({ length: 12 }, problem));
    await look();
    await pass(10);
    await look();
    const [letter, ...others] = await letters();
    expect(others).toEqual([]);
    expect(letter?.raised).toMatchObject([{ title, more: 2 }]);
    expect(letter?.raised[0]?.orders).toHaveLength(10);
    for (const { orderId } of many) await settle(orderId);
    await look();
    await sql`UPDATE alarms SET due_at = now()`.execute(desk.db);
    await look();
    expect(await letters()).toHaveLength(1);
    await pass(5);
    await look();
    expect((await letters()).at(-1)?.over).toMatchObject([{ title, more: 2 }]);
  });

  test("hear of no more orders while two thousand of them have an alarm", async () => {
    await inTransaction(desk.db, async (trx) => {
      await sql`SET LOCAL session_replication_role = replica`.execute(trx);
      await sql`INSERT INTO alarms (id, order_id, code, status, raised_at)
        SELECT gen_random_uuid(), gen_random_uuid(), 'flagged', 'raised', now()
        FROM generate_series(1, 2000)`.execute(trx);
    });
    const { orderId } = await problem();
    const isBooked = async () =>
      (await desk.db.selectFrom("alarms").select("id").where("order_id", "=", orderId).execute())
        .length === 1;
    await look();
    expect(await isBooked()).toBe(false);
    await sql`DELETE FROM alarms`.execute(desk.db);
    await look();
    expect(await isBooked()).toBe(true);
  });

  test("are told of what is the matter with the whole, such as a silent sweeper", async () => {
    await sql`UPDATE heartbeats SET at = now() - interval '1 hour'`.execute(desk.db);
    await look();
    await pass(10);
    await look();
    const about = "The sweeper is silent, so nothing heals by itself. Start it again.";
    expect(await letters()).toEqual([
      { raised: [{ title: "Nobody wakes what waits", about, orders: [], more: 0 }], over: [] },
    ]);
  });

  test("are told by a job that is hinted at as soon as it is written", async () => {
    await sql`UPDATE heartbeats SET at = now() - interval '1 hour'`.execute(desk.db);
    await look();
    await pass(10);
    await look();
    const written = await desk.db
      .selectFrom("notifications")
      .select("id")
      .where("template", "=", "on_call")
      .execute();
    const [job] = await queues.hints.queue("notification").getJobs(["waiting"]);
    const hinted = readBundle(job?.data) ?? [];
    expect(hinted.map(({ id }) => id).toSorted()).toEqual(written.map(({ id }) => id).toSorted());
    expect(hinted).toHaveLength(2);
  });
});

test("a message to staff that came back is a problem of the whole", async () => {
  const { orderId } = await problem();
  await sql`INSERT INTO notifications (id, order_id, seq, template, channel, recipient, status,
      reason) VALUES (gen_random_uuid(), ${orderId}, 1, 'staff_notice', 'email',
      ${recipientOf("gone@shop.example")}, 'failed', 'SendGrid: no such mailbox')`.execute(desk.db);
  await look();
  const { rows } = await sql<{ code: string }>`
    SELECT code FROM alarms WHERE order_id IS NULL`.execute(desk.db);
  expect(rows).toEqual([{ code: "staff_not_told" }]);
});
