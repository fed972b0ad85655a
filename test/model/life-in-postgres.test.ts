/**
 * The same lives as in life.test.ts, through the product's own functions and real transactions.
 * Stripe is the same tiny one; time passes by moving the rows' moments into the past.
 *
 * The seed is always printed; a failure prints fast-check's path as well, and the shortest list
 * of letters that fails. To play it again:
 * AURORA_MODEL_REPLAY="<seed> <path>" npm test -- test/model/life-in-postgres
 */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Settings } from "../../src/config.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { allInvariants, checkInvariants } from "../../src/invariants/check-invariants.ts";
import { readInstallation } from "../../src/orders/installation/installation.ts";
import { useDatabase } from "../support/database.ts";
import { takeMailsForSent } from "../support/mails.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { openShop, stockProduct } from "../support/shop.ts";
import type { Books } from "./books.ts";
import { type Letter, mostLetters, words } from "./letters.ts";
import { onHand, priceMinor } from "./memory-tables.ts";
import { Census, live } from "./one-life.ts";
import { postgresBooks } from "./postgres-books.ts";
import { isFull, isReplay, runs } from "./runs.ts";
import { TinyStripe } from "./tiny-stripe.ts";
import { World } from "./world.ts";

const lives = isFull ? 1_000 : 200;
/** Shrinking plays many lives; after so long the shortest so far must do. */
const mostMilliseconds = 900_000;
/** What earlier lives left is looked at with each; after so many, the tables are emptied. */
const livesTogether = 50;

const database = useDatabase();
let settings: Settings;
let db: Db;
let played = 0;
/** A life that failed left things that are not sound: the next must not be blamed for them. */
let isSound = true;

beforeAll(async () => {
  settings = testSettings(database.url);
  db = connect(settings, quiet);
  // The tables are emptied now and then, whatever guards the audit.
  await sql`ALTER TABLE operator_acts DISABLE TRIGGER acts_are_not_emptied`.execute(db);
  // Nobody works the cursors here.
  await sql`UPDATE stripe_cursors SET due_at = now() + interval '1 day'`.execute(db);
});
afterAll(() => db.destroy());

/**
 * What happens in these lives, too: what is rarer is left to the many in memory. The last two come
 * in one life of twenty-five, so that 200 lives are without them once in thousands of runs.
 */
const happenings = [
  ...["payment_captured", "hold_expired", "cancelled", "edited", "refund succeeded"],
  ...["shipped", "completed"],
  ...["amount_mismatch", "dispute_opened", "payment_processing", "revived", "refund failed"],
];

/** A fault that a control puts into the books. */
type Change = (books: Books) => Partial<Books>;

async function liveInPostgres(letters: readonly Letter[], change: Change = () => ({})) {
  if (!isSound || played % livesTogether === 0) {
    await sql`TRUNCATE orders, order_lines, order_events, order_contacts, holds, payments,
      stock_movements, ledger_entries, products, idempotency_keys, webhook_events
      CASCADE`.execute(db);
  }
  isSound = false;
  played += 1;
  const sku = `sku-${randomUUID()}`;
  await stockProduct(db, sku, onHand, priceMinor);
  const ownership = { installation: await readInstallation(db), livemode: false };
  const place = { db, settings, shop: await openShop(db), ownership, sku };
  const sound = postgresBooks(place);
  const books = { ...sound, ...change(sound) };
  const end = await live(new World(books, new TinyStripe(sku)), letters, "at the end");
  await takeMailsForSent(db);
  const findings = await checkInvariants(db, allInvariants({ patienceSeconds: 0 }));
  expect(findings.filter(({ broken }) => broken > 0)).toEqual([]);
  isSound = true;
  return end;
}

describe("in PostgreSQL, no path leads from money taken to money forgotten", () => {
  test(`in ${lives} lives of up to ${mostLetters} letters`, async () => {
    const census = new Census();
    const property = fc.asyncProperty(words, async (letters) => {
      census.take(await liveInPostgres(letters));
    });
    const bound = { interruptAfterTimeLimit: mostMilliseconds, markInterruptAsFailure: true };
    await fc.assert(property, { ...runs(lives), ...bound });
    expect(isReplay ? [] : census.missing(happenings)).toEqual([]);
  }, 1_000_000);

  const served: Letter = { does: "serve", quantity: 1 };

  test("which is not fooled by an order that was cancelled past the door", async () => {
    const pastTheDoor: Change = () => ({
      async cancel({ orderId }) {
        await sql`UPDATE orders SET status = 'cancelled', due_at = NULL, expires_at = NULL
          WHERE id = ${orderId}`.execute(db);
        return [];
      },
    });
    const letters: Letter[] = [
      served,
      { does: "cancel", nr: 0, quantity: null, refund: null, isGuest: true },
    ];
    await expect(liveInPostgres(letters, pastTheDoor)).rejects.toThrow("not hold what it should");
  });

  test("which is not fooled by a capture that nobody writes down", async () => {
    const deaf: Change = ({ applyIntents }) => ({
      applyIntents: (seen) =>
        applyIntents(seen.filter(({ intent }) => intent.status !== "captured")),
    });
    const letters: Letter[] = [served, { does: "pay", nr: 0, how: "ok" }];
    await expect(liveInPostgres(letters, deaf)).rejects.toThrow("does not come to rest");
  });
});
