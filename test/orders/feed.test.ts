import { setTimeout as pause } from "node:timers/promises";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { Refused } from "../../src/errors.ts";
import { dice } from "../support/dice.ts";
import { openShop } from "../support/shop.ts";
import { untilRead, useFeedDesk } from "./feed-desk.ts";

const desk = useFeedDesk();

/** A transaction that stays open until it is told to end. */
function held<Result>(work: Parameters<typeof inTransaction<Result>>[1]) {
  const begun = Promise.withResolvers<Result>();
  const mayEnd = Promise.withResolvers<void>();
  const ended = inTransaction(desk.db, async (trx) => {
    const result = await work(trx);
    begun.resolve(result);
    await mayEnd.promise;
    return result;
  });
  ended.catch(begun.reject);
  const end = () => {
    mayEnd.resolve();
    return ended;
  };
  return { begun: begun.promise, end };
}

describe("the feed", () => {
  test("holds back what came after a transaction that is open, and skips nothing", async () => {
    const [slow, quick] = [await desk.order(), await desk.order()];
    const reader = await desk.readerAtTheEnd();
    const open = held((trx) => desk.happen(trx, slow));
    const early = await open.begun;
    const late = await desk.happenNow(quick);
    // Numbered later, committed first: whoever read it now would never see the other.
    expect(await reader.catchUp()).toEqual([]);
    await open.end();
    await untilRead(reader, early, late);
    expect(reader.seen).toEqual([early, late]);
  });

  test("is not held back by who only reads, nor for ever by who failed", async () => {
    const orderId = await desk.order();
    const reader = await desk.readerAtTheEnd();
    const reading = held((trx) => sql`SELECT FROM orders`.execute(trx));
    await reading.begun;
    await untilRead(reader, await desk.happenNow(orderId));
    await reading.end();

    const failing = inTransaction(desk.db, async (trx) => {
      await desk.happen(trx, orderId);
      throw new Refused("changed_my_mind", "Nothing of it happened.");
    });
    await expect(failing).rejects.toThrow("Nothing of it");
    const next = await desk.happenNow(orderId);
    await untilRead(reader, next);
    expect(reader.seen.at(-1)).toBe(next);
  });

  test("shows an order's events in their order, whoever began first", async () => {
    const orderId = await desk.order();
    const reader = await desk.readerAtTheEnd();
    const mayWrite = Promise.withResolvers<void>();
    const numbered = Promise.withResolvers<void>();
    const second = inTransaction(desk.db, async (trx) => {
      await sql`SELECT pg_current_xact_id()`.execute(trx);
      numbered.resolve();
      await mayWrite.promise;
      return await desk.happen(trx, orderId);
    });
    await numbered.promise;
    const first = await desk.happenNow(orderId);
    mayWrite.resolve();
    await untilRead(reader, first, await second);
    expect(reader.seen).toEqual([first, await second]);
  });

  test("is read whole and once while many connections write at the same time", async () => {
    const { seed, below, pick } = dice();
    const orderIds = await Promise.all(Array.from({ length: 10 }, () => desk.order()));
    const reader = await desk.readerAtTheEnd();
    let writing = 20;
    const writers = Array.from({ length: writing }, async () => {
      const written: string[] = [];
      for (let count = 0; count < 15; count++) {
        const mayFail = below(10) === 0;
        await inTransaction(desk.db, async (trx) => {
          // Some get their number long before they write, and some stay open long after.
          if (below(3) === 0) await sql`SELECT pg_current_xact_id()`.execute(trx);
          await pause(below(5));
          const name = await desk.happen(trx, pick(orderIds));
          await pause(below(20));
          if (mayFail) throw new Refused("given_up", "Nothing of it happened.");
          written.push(name);
        }).catch((error) => expect(error).toMatchObject({ code: "given_up" }));
      }
      writing--;
      return written;
    });
    while (writing > 0) await reader.catchUp();
    const names = (await Promise.all(writers)).flat();
    await untilRead(reader, ...names);
    expect(reader.seen.toSorted(), `seed ${seed}`).toEqual(names.toSorted());
    for (const orderId of orderIds) {
      const seqs = reader.seen.filter((name) => name.startsWith(orderId)).map(seqOf);
      expect(seqs, `seed ${seed}`).toEqual(seqs.toSorted((a, b) => a - b));
    }
  });

  test("shows each shop its own events, and only the types that are wanted", async () => {
    const other = await openShop(desk.db);
    const [ours, theirs] = [await desk.order(), await desk.order(other)];
    const reader = desk.reader({ shopId: other.id, events: ["placed"] });
    await untilRead(reader, `${theirs} 1`);
    expect(reader.seen).toEqual([`${theirs} 1`]);
    await untilRead(desk.reader(), `${ours} 2`);
  });

  test("finds a rare event behind thousands of others, some of them at a time", async () => {
    const shop = await openShop(desk.db);
    const orderId = await desk.order(shop);
    const many = `INSERT INTO order_events (order_id, seq, event, to_status, actor, shop_id)
      SELECT '${orderId}', nr, CASE nr WHEN 4500 THEN 'settled' ELSE 'pay_link_sent' END,
        'reserving', 'test', '${shop.id}' FROM generate_series(3, 5000) AS nr`;
    await sql.raw(many).execute(desk.db);
    await untilRead(desk.reader({ shopId: shop.id, limit: 100 }), `${orderId} 5000`);
    const reader = desk.reader({ shopId: shop.id, events: ["settled"] });
    expect(await reader.catchUp()).toEqual([`${orderId} 4500`]);
    expect(reader.cursor?.seq).toBe(5000);
  });
});

function seqOf(name: string): number {
  return Number(name.split(" ")[1]);
}
