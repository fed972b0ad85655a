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
import { checkInvariants } from "../../../src/ops/invariants.ts";
import { readInstallation } from "../../../src/orders/installation.ts";
import { book } from "../../../src/payments/ledger.ts";
import { makeSmallWorld, type SmallWorld } from "../../ops/small-world.ts";
import { useDatabase } from "../../support/database.ts";
import { quiet, testSettings } from "../../support/settings.ts";

const database = useDatabase();
let db: Db;
let world: SmallWorld;
let intents: LedgerLine[];
let mails: AcceptedMail[];

beforeAll(async () => {
  const settings = testSettings(database.url);
  db = connect(settings, quiet);
  world = await makeSmallWorld(db, settings);
  const installation = await readInstallation(db);
  const payments = await db.selectFrom("payments").selectAll().execute();
  intents = payments.map(({ intent_id, order_id, status, captured_minor }) => ({
    id: intent_id ?? "",
    orderId: order_id,
    installation,
    status: status === "captured" ? "succeeded" : "canceled",
    capturedMinor: captured_minor,
    refundedMinor: 0,
    chargesSucceeded: status === "captured" ? 1 : 0,
  }));
  const messages = await db
    .selectFrom("notifications")
    .selectAll()
    .where("channel", "=", "email")
    .execute();
  mails = messages.map(({ id, order_id }) => ({
    id: `mail of ${id}`,
    orderId: order_id,
    notificationId: id,
  }));
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
    expect(standInInvariants({ intents })).toHaveLength(3);
  });

  test("show money that Stripe has and we have not", async () => {
    const more = { capturedMinor: 5_000, chargesSucceeded: 1 };
    expect(await brokenIn({ intents: intentsWith(world.payable, more) })).toEqual([
      "stripe_captured_what_we_captured",
    ]);
  });

  test("show money that we have and Stripe has not, or not as much", async () => {
    const none = { capturedMinor: 0, chargesSucceeded: 0 };
    const less = { capturedMinor: intentOf(world.paid).capturedMinor - 1 };
    for (const changes of [none, less]) {
      expect(await brokenIn({ intents: intentsWith(world.paid, changes) })).toEqual([
        "stripe_captured_what_we_captured",
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

  test("leave the intents of other installations alone", async () => {
    const foreign = { ...intentOf(world.paid), id: "pi_foreign", installation: "another" };
    const strange = { ...foreign, id: "pi_strange", orderId: "of another system" };
    expect(await brokenIn({ intents: [...intents, foreign, strange] })).toEqual([]);
  });

  test("are looked into for some orders only, where that is wished", async () => {
    const less = { intents: intentsWith(world.paid, { capturedMinor: 1 }) };
    const findings = await checkInvariants(db, standInInvariants(less, [world.alsoPaid]));
    expect(findings.map(({ broken }) => broken)).toEqual([0, 0, 0]);
    const both = await checkInvariants(db, standInInvariants(less, [world.alsoPaid, world.paid]));
    expect(both.map(({ broken }) => broken)).toEqual([1, 0, 0]);
  });

  test("show a confirmation that was never taken, and one that was taken twice", async () => {
    const mail = await confirmationOf(world.alsoPaid);
    const broken = ["one_confirmation_accepted_per_paid_order"];
    expect(await brokenIn({ mails: mails.filter((each) => each !== mail) })).toEqual(broken);
    expect(await brokenIn({ mails: [...mails, { ...mail, id: "again" }] })).toEqual(broken);
  });
});
