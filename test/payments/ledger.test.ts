import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { book, bookLocked, type Movement } from "../../src/payments/ledger.ts";
import { ledgerAccounts } from "../../src/payments/lifecycle.ts";
import { useDatabase } from "../support/database.ts";
import { dice } from "../support/dice.ts";
import { quiet, testSettings } from "../support/settings.ts";

const database = useDatabase();
let db: Db;
beforeAll(() => {
  db = connect(testSettings(database.url), quiet);
});
afterAll(() => db.destroy());

function movement(more: Partial<Movement> = {}): Movement {
  return {
    movement: `capture:${randomUUID()}`,
    from: "sales",
    to: "stripe",
    amountMinor: 1_000,
    currency: "gbp",
    orderId: null,
    paymentId: null,
    ...more,
  };
}

const bookAll = (...movements: Movement[]) => inTransaction(db, (trx) => book(trx, movements));

function entriesOf({ movement: name }: Movement) {
  return db
    .selectFrom("ledger_entries")
    .select(["account", "amount_minor", "currency"])
    .where("movement", "=", name)
    .orderBy("account")
    .execute();
}

describe("the ledger", () => {
  test("books what leaves one account into another", async () => {
    const sale = movement();
    await bookAll(sale);
    expect(await entriesOf(sale)).toEqual([
      { account: "sales", amount_minor: -1_000, currency: "gbp" },
      { account: "stripe", amount_minor: 1_000, currency: "gbp" },
    ]);
  });

  test("books a movement once, in one batch, later, and by many at once", async () => {
    const sale = movement();
    await bookAll(sale, sale);
    await Promise.all(Array.from({ length: 20 }, () => bookAll(movement(), sale, movement())));
    // The first word stands, whatever somebody says later.
    await bookAll({ ...sale, amountMinor: 5 });
    expect((await entriesOf(sale)).map(({ amount_minor }) => amount_minor)).toEqual([
      -1_000, 1_000,
    ]);
  });

  test("books once under locks, too, and refuses a twin that comes without", async () => {
    const sale = movement();
    const under = (...movements: Movement[]) =>
      inTransaction(db, (trx) => bookLocked(trx, movements));
    await under(sale, sale);
    await under({ ...sale, amountMinor: 5 });
    expect((await entriesOf(sale)).map(({ amount_minor }) => amount_minor)).toEqual([
      -1_000, 1_000,
    ]);
    const twin = movement();
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => under(twin)));
    expect(await entriesOf(twin)).toHaveLength(2);
    const refused = outcomes.flatMap((one) => (one.status === "rejected" ? one.reason : []));
    for (const error of refused) expect(error).toMatchObject({ code: "23505" });
  });

  test("books a negative amount the other way round, and no movement of nothing", async () => {
    const [back, nothing] = [movement({ amountMinor: -30 }), movement({ amountMinor: 0 })];
    await bookAll(back, nothing);
    expect(await entriesOf(back)).toMatchObject([
      { account: "sales", amount_minor: 30 },
      { account: "stripe", amount_minor: -30 },
    ]);
    expect(await entriesOf(nothing)).toEqual([]);
  });

  test("sums to zero for each movement and each currency, whatever moves", async () => {
    const random = dice();
    const movements = Array.from({ length: 200 }, () => {
      const [from, to] = random.shuffled(ledgerAccounts) as [Movement["from"], Movement["to"]];
      const amountMinor = random.below(2_000) - 1_000;
      return movement({ from, to, amountMinor, currency: random.pick(["gbp", "eur", "jpy"]) });
    });
    await bookAll(...movements);
    const { rows } = await sql`
      SELECT movement, currency FROM ledger_entries GROUP BY GROUPING SETS ((movement), (currency))
      HAVING sum(amount_minor) <> 0`.execute(db);
    expect(rows, `seed ${random.seed}`).toEqual([]);
  });

  test("is only ever added to", async () => {
    const sale = movement();
    await bookAll(sale);
    const refusal = "ledger_entries is append-only: book the opposite instead.";
    await expect(
      db.updateTable("ledger_entries").set({ amount_minor: 1 }).execute(),
    ).rejects.toThrow(refusal);
    await expect(db.deleteFrom("ledger_entries").execute()).rejects.toThrow(refusal);
    expect(await entriesOf(sale)).toHaveLength(2);
  });
});
