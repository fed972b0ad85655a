import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import type { Trx } from "../../src/db/transaction.ts";
import { allInvariants, checkInvariants } from "../../src/invariants/check-invariants.ts";
import { examine, type Finding, type Invariant } from "../../src/invariants/invariant.ts";
import { useDatabase } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { breakages } from "./breakages.ts";
import { byHandBreakages } from "./by-hand-breakages.ts";
import { feedBreakages } from "./feed-breakages.ts";
import { kinAtPeace, kinBreakages } from "./kin-breakages.ts";
import { orphanBreakages, otherOrphanBreakages } from "./orphan-breakages.ts";
import { otherBreakages } from "./other-breakages.ts";
import { makeSmallWorld, type SmallWorld } from "./small-world.ts";

/** A breakage for each invariant, by its name, and further ones. */
const each = { ...breakages, ...orphanBreakages };
const further = [
  ...otherBreakages,
  ...feedBreakages,
  ...byHandBreakages,
  ...kinBreakages,
  ...otherOrphanBreakages,
];

const database = useDatabase();
let invariants: Invariant[];
let db: Db;
let world: SmallWorld;

beforeAll(async () => {
  const settings = testSettings(database.url, { LEASE_SECONDS: 600 });
  db = connect(settings, quiet);
  world = await makeSmallWorld(db, settings);
});
afterAll(() => db.destroy());
beforeEach(() => {
  invariants = allInvariants({ patienceSeconds: 0 });
});

/** Runs statements and then the invariants in one transaction that is taken back. */
async function findingsAfter(...statements: string[]): Promise<Finding[]> {
  class TakenBack extends Error {}
  let findings: Finding[] = [];
  const work = async (trx: Trx) => {
    for (const statement of statements) await sql.raw(statement).execute(trx);
    for (const invariant of invariants) findings = [...findings, await examine(trx, invariant)];
    throw new TakenBack();
  };
  await expect(db.transaction().execute(work)).rejects.toThrow(TakenBack);
  return findings;
}

function brokenOf(findings: Finding[]): string[] {
  return findings.filter(({ broken }) => broken > 0).map(({ name }) => name);
}

describe("the invariants", () => {
  test("hold in a sound world, each of them over something", async () => {
    const findings = await checkInvariants(db, invariants);
    expect(findings.filter(({ broken }) => broken > 0)).toEqual([]);
    expect(findings.filter(({ examined }) => examined === 0)).toEqual([]);
  });

  test("each have a test here that breaks them", () => {
    expect(invariants.map(({ name }) => name).sort()).toEqual(Object.keys(each).sort());
  });

  test.each(Object.entries(each))("see that %s is broken", async (name, statements) => {
    const findings = await findingsAfter(...statements(world));
    expect(brokenOf(findings)).toContain(name);
    const finding = findings.find((one) => one.name === name);
    expect(finding?.rows.length).toBeGreaterThan(0);
    expect(finding?.rows[0]).not.toHaveProperty("broken");
  });

  test.each(further)("see that %s is broken in another way, too", async (name, statements) => {
    expect(brokenOf(await findingsAfter(...statements(world)))).toContain(name);
  });

  test("are not blind to money because a person dealt with something else", async () => {
    const settled = (payments: string) => [
      `UPDATE orders SET status = 'cancelled', attention = NULL, settled_at = now(),
         version = version + 1 WHERE id = '${world.refunded}'`,
      `INSERT INTO order_events
         (order_id, seq, event, from_status, to_status, actor, shop_id, detail)
       SELECT id, version, 'settled', status, status, 'ops:ann', shop_id,
         jsonb_build_object('payments', ${payments})
       FROM orders WHERE id = '${world.refunded}'`,
    ];
    const name = "captured_money_is_known";
    expect(brokenOf(await findingsAfter(...settled("'[]'::jsonb")))).toContain(name);
    const own = "(SELECT jsonb_agg(id) FROM payments WHERE order_id = orders.id)";
    expect(brokenOf(await findingsAfter(...settled(own)))).not.toContain(name);
  });

  test("let a customer order again whose money goes back", async () => {
    const findings = await findingsAfter(...kinAtPeace(world));
    expect(brokenOf(findings)).not.toContain("one_wish_is_paid_once");
  });

  test("show at most twenty offending rows and count them all", async () => {
    const findings = await findingsAfter(
      `INSERT INTO products (sku, written_sku, name, price_minor, currency)
       SELECT 'new-' || n, 'new-' || n, 'Product', 1, 'gbp' FROM generate_series(1, 25) AS n`,
      "INSERT INTO stock (sku, on_hand) SELECT sku, 1 FROM products WHERE sku LIKE 'new-%'",
    );
    const finding = findings.find(({ name }) => name === "stock_equals_its_movements");
    expect(finding).toMatchObject({ broken: 25 });
    expect(finding?.rows).toHaveLength(20);
  });

  test("give what waits its time", async () => {
    const statement = `UPDATE orders SET due_at = now() - interval '1 minute'
      WHERE id = '${world.payable}'`;
    expect(brokenOf(await findingsAfter(statement))).toEqual(["nothing_is_overdue"]);
    invariants = allInvariants({ patienceSeconds: 120 });
    expect(brokenOf(await findingsAfter(statement))).toEqual([]);
  });

  test("take a comparison that gives null for a broken one", async () => {
    const looked = sql`SELECT NULL::boolean AS broken`;
    const [finding] = await checkInvariants(db, [{ name: "x", promise: "y", looked }]);
    expect(finding).toMatchObject({ examined: 1, broken: 1 });
  });

  test("change nothing, and can't", async () => {
    const looked = sql`SELECT nextval('stock_movements_id_seq'), false AS broken`;
    const writes = { name: "x", promise: "y", looked };
    await expect(checkInvariants(db, [writes])).rejects.toThrow("read-only");
  });
});
