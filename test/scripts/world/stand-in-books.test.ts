import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AcceptedMail,
  type LedgerLine,
  type StandInBooks,
  standInInvariants,
} from "../../../scripts/world/stand-in-books.ts";
import { connect, type Db } from "../../../src/db/connect.ts";
import { inTransaction } from "../../../src/db/transaction.ts";
import { checkInvariants } from "../../../src/invariants/check-invariants.ts";
import { book } from "../../../src/payments/ledger.ts";
import { makeSmallWorld, type SmallWorld } from "../../invariants/small-world.ts";
import { useDatabase } from "../../support/database.ts";
import { quiet, testSettings } from "../../support/settings.ts";
import { sampleIntents, sampleMails } from "./sample-books.ts";

type Listed = LedgerLine["refunds"][number];

const database = useDatabase();
let db: Db;
let world: SmallWorld;
let intents: LedgerLine[];
let mails: AcceptedMail[];

beforeAll(async () => {
  const settings = testSettings(database.url);
  db = connect(settings, quiet);
  world = await makeSmallWorld(db, settings);
  intents = await sampleIntents(db);
  mails = await sampleMails(db);
});
afterAll(() => db.destroy());

async function brokenIn(books: StandInBooks): Promise<string[]> {
  const findings = await checkInvariants(db, standInInvariants(books));
  expect(findings.filter(({ examined }) => examined === 0)).toEqual([]);
  return findings.filter(({ broken }) => broken > 0).map(({ name }) => name);
}

/** The intents with one order's changed. */
function intentsWith(orderId: string, changes: Partial<LedgerLine>): LedgerLine[] {
  return intents.map((line) => (line.orderId === orderId ? { ...line, ...changes } : line));
}

function intentOf(orderId: string): LedgerLine {
  return intents.find((line) => line.orderId === orderId)!;
}

async function confirmationOf(orderId: string): Promise<AcceptedMail> {
  const { id } = await db
    .selectFrom("notifications")
    .select("id")
    .where("order_id", "=", orderId)
    .where("template", "=", "order_paid")
    .where("channel", "=", "email")
    .executeTakeFirstOrThrow();
  return mails.find(({ notificationId }) => notificationId === id)!;
}

describe("the stand-ins' books beside ours", () => {
  test("agree on an unknown order's money, which only the ledger tells of", async () => {
    const orphan = { ...intentOf(world.paid), id: "pi_orphan", orderId: null, refundedMinor: 5 };
    const books = { intents: [...intents, { ...orphan, capturedMinor: 5 }] };
    expect(await brokenIn(books)).toEqual(["stripe_captured_what_we_captured"]);
    const nobody = { orderId: null, paymentId: null, currency: "gbp", amountMinor: 5 };
    const came = { movement: "capture:pi_orphan", from: "sales", to: "stripe" } as const;
    await inTransaction(db, (trx) => book(trx, [{ ...came, ...nobody }]));
    expect(await brokenIn(books)).toEqual([]);
    await sql`ALTER TABLE ledger_entries DISABLE TRIGGER the_ledger_is_append_only`.execute(db);
    await sql`DELETE FROM ledger_entries WHERE movement = ${came.movement}`.execute(db);
  });

  test("agree in a sound world, each over something", async () => {
    expect(await brokenIn({ intents, mails })).toEqual([]);
  });

  test("are only asked where there is a stand-in", () => {
    expect(standInInvariants({})).toEqual([]);
    expect(standInInvariants({ mails })).toHaveLength(1);
    expect(standInInvariants({ intents })).toHaveLength(6);
  });

  test("show money that Stripe has and we have not", async () => {
    const more = { capturedMinor: 5_000, chargesSucceeded: 1 };
    expect(await brokenIn({ intents: intentsWith(world.payable, more) })).toEqual([
      "stripe_captured_what_we_captured",
      "stripe_holds_what_the_ledger_says",
    ]);
  });

  test("show money that we have and Stripe has not, or not as much", async () => {
    const none = { capturedMinor: 0, chargesSucceeded: 0 };
    const less = { capturedMinor: intentOf(world.paid).capturedMinor - 1 };
    for (const changes of [none, less]) {
      expect(await brokenIn({ intents: intentsWith(world.paid, changes) })).toEqual([
        "stripe_captured_what_we_captured",
        "stripe_holds_what_the_ledger_says",
      ]);
    }
  });

  test("show an order that was charged twice, also in two intents", async () => {
    const twice = { ...intentOf(world.paid), id: "pi_another" };
    expect(await brokenIn({ intents: [...intents, twice] })).toContain(
      "one_capture_per_order_at_stripe",
    );
    expect(await brokenIn({ intents: intentsWith(world.paid, { chargesSucceeded: 2 }) })).toEqual([
      "one_capture_per_order_at_stripe",
    ]);
  });

  test("show a dead order that somebody can still pay", async () => {
    const open = { status: "requires_payment_method" };
    expect(await brokenIn({ intents: intentsWith(world.cancelled, open) })).toEqual([
      "no_dead_order_can_be_paid_at_stripe",
    ]);
  });

  test("show refunds that we don't have, that Stripe doesn't, and that differ", async () => {
    const { refunds } = intentOf(world.refunded);
    const [first, second] = refunds as [Listed, Listed];
    for (const changed of [
      [...refunds, { ...first, id: "re_made_in_the_dashboard" }],
      [first],
      [{ ...first, amount: first.amount - 1 }, second],
      [first, { ...second, status: "pending" }],
    ]) {
      expect(
        await brokenIn({ intents: intentsWith(world.refunded, { refunds: changed }) }),
      ).toEqual(["stripe_refunded_what_we_refunded"]);
    }
  });

  test("show disputes that we don't have, that Stripe doesn't, and that differ", async () => {
    const [dispute] = intentOf(world.disputed).disputes as [Listed];
    for (const changed of [
      [dispute, { ...dispute, id: "du_unheard_of" }],
      [],
      [{ ...dispute, amount: 1 }],
      [{ ...dispute, status: "lost" }],
    ]) {
      expect(
        await brokenIn({ intents: intentsWith(world.disputed, { disputes: changed }) }),
      ).toContain("stripe_disputes_are_ours");
    }
  });

  test.each([
    ["refundedMinor", "refunded"],
    ["disputedMinor", "disputed"],
  ] as const)("show a ledger that has another sum of what is %s", async (name, which) => {
    const line = intentOf(world[which]);
    const more = { [name]: line[name] + 1 };
    expect(await brokenIn({ intents: intentsWith(world[which], more) })).toEqual([
      "stripe_holds_what_the_ledger_says",
    ]);
  });

  test("show fees that Stripe never took", async () => {
    expect(await brokenIn({ intents: intentsWith(world.disputed, { feesMinor: 1_499 }) })).toEqual([
      "stripe_holds_what_the_ledger_says",
    ]);
  });

  test("leave the intents of other installations alone", async () => {
    const foreign = { ...intentOf(world.paid), id: "pi_foreign", installation: "another" };
    const strange = { ...foreign, id: "pi_strange", orderId: "of another system" };
    expect(await brokenIn({ intents: [...intents, foreign, strange] })).toEqual([]);
  });

  test("are looked into for some orders only, where that is wished", async () => {
    const less = { intents: intentsWith(world.paid, { capturedMinor: 1 }) };
    const findings = await checkInvariants(db, standInInvariants(less, [world.alsoPaid]));
    expect(findings.map(({ broken }) => broken)).toEqual([0, 0, 0, 0, 0, 0]);
    const both = await checkInvariants(db, standInInvariants(less, [world.alsoPaid, world.paid]));
    expect(both.map(({ broken }) => broken)).toEqual([1, 0, 0, 0, 0, 1]);
  });

  test("show a confirmation that was never taken, and one that was taken twice", async () => {
    const mail = await confirmationOf(world.alsoPaid);
    const broken = ["one_confirmation_accepted_per_paid_order"];
    expect(await brokenIn({ mails: mails.filter((each) => each !== mail) })).toEqual(broken);
    expect(await brokenIn({ mails: [...mails, { ...mail, id: "again" }] })).toEqual(broken);
  });
});
