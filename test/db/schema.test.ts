import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { holdStatuses, liveHolds, movementKinds } from "../../src/inventory/lifecycle.ts";
import { messageClocks, messageStatuses } from "../../src/notifications/lifecycle.ts";
import { roles } from "../../src/ops/access/roles.ts";
import { closings, orderStatuses, waitingStatuses } from "../../src/orders/lifecycle.ts";
import * as money from "../../src/payments/lifecycle.ts";
import * as webhooks from "../../src/webhooks/lifecycle.ts";
import { useDatabase } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { openShop, requestOf, reserved, stockProduct } from "../support/shop.ts";

const database = useDatabase();
let db: Db;
beforeAll(() => {
  db = connect(testSettings(database.url), quiet);
});
afterAll(() => db.destroy());

/** What the schema in the code says of each column: whether it may be null. */
type Columns = Record<string, Record<string, boolean>>;

function columnsOfCode(): Columns {
  const parts = ["", "money-", "fulfilment-", "ops-", "telling-", "webhook-"];
  const files = parts.map((name) =>
    readFileSync(path.resolve(import.meta.dirname, "../../src/db", `${name}schema.ts`), "utf8"),
  );
  const text = files.join("\n").replaceAll(/\/\*\*?.*?\*\//gs, "");
  const waits = columnsIn(/^export type Waits = \{\n(.*?)^\};/ms.exec(text)?.[1] ?? "");
  const tables = [...text.matchAll(/^export interface [\w,\s]+ \{\n(.*?)^\}/gms)]
    .map(([, body = ""]) => body)
    .join("\n\n");
  const found = [...tables.matchAll(/^ {2}(\w+): (Waits & )?\{(.*?)\};?$(?=\n {2}\w|\n*$)/gms)];
  return Object.fromEntries(
    found.map(([, table = "", waiting, body = ""]) => [
      table,
      { ...columnsIn(body), ...(waiting ? waits : {}) },
    ]),
  );
}

function columnsIn(body: string): Record<string, boolean> {
  const columns = [...body.matchAll(/(\w+): ([^;\n]+)/g)];
  return Object.fromEntries(
    columns.map(([, name = "", type = ""]) => [name, /\| null\b/.test(type)]),
  );
}

async function columnsOfDatabase(): Promise<Columns> {
  const { rows } = await sql<{ table: string; column: string; nullable: boolean }>`
    SELECT table_name AS "table", column_name AS "column", is_nullable = 'YES' AS nullable
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name NOT LIKE 'kysely%'`.execute(db);
  const columns: Columns = {};
  for (const { table, column, nullable } of rows) {
    columns[table] = { ...columns[table], [column]: nullable };
  }
  return columns;
}

/** The words that a CHECK or a partial index names, as the database itself knows them. */
async function wordsOf(rule: string): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`
    SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint
    WHERE conname = ${rule} AND contype = 'c'
    UNION ALL SELECT indexdef FROM pg_indexes WHERE indexname = ${rule}`.execute(db);
  expect(rows).toHaveLength(1);
  const words = [...(rows[0]?.text ?? "").matchAll(/'([a-z_]+)'::text/g)];
  return [...new Set(words.map(([, word]) => word ?? ""))].sort();
}

describe("the schema in the code", () => {
  test("has the tables, the columns and the nulls that the migrated database has", async () => {
    const code = columnsOfCode();
    expect(Object.keys(code).length).toBeGreaterThan(15);
    expect(code).toEqual(await columnsOfDatabase());
  });

  test("is read column by column: one that may be null is told from one that may not", () => {
    expect(columnsIn("a: string;\n b: Date | null;\n c: Generated<number>;")).toEqual({
      a: false,
      b: true,
      c: false,
    });
  });
});

describe("the database", () => {
  test.each([
    ["order_status_is_known", orderStatuses],
    ["no_order_waits_without_a_clock", waitingStatuses],
    ["closing_is_known", closings],
    ["payment_status_is_known", money.paymentStatuses],
    ["no_payment_waits_without_a_clock", waiting(money.paymentClocks)],
    ["refund_status_is_known", money.refundStatuses],
    ["no_refund_waits_without_a_clock", waiting(money.refundClocks)],
    ["dispute_status_is_known", money.disputeStatuses],
    ["no_dispute_waits_without_a_clock", waiting(money.disputeClocks)],
    ["webhook_event_status_is_known", money.eventStatuses],
    ["no_event_waits_without_a_clock", waiting(money.eventClocks)],
    ["break_status_is_known", money.breakStatuses],
    ["no_break_waits_without_a_clock", waiting(money.breakClocks)],
    ["ledger_entries_account_check", money.ledgerAccounts],
    ["hold_status_is_known", holdStatuses],
    ["movement_kind_is_known", movementKinds],
    ["one_live_hold", liveHolds],
    ["live_holds_by_sku", liveHolds],
    ["one_live_payment", money.liveStatuses],
    ["message_status_is_known", messageStatuses],
    ["no_message_waits_without_a_clock", waiting(messageClocks)],
    ["operator_role_is_known", roles],
    ["endpoint_status_is_known", webhooks.endpointStatuses],
    ["no_endpoint_waits_without_a_clock", waiting(webhooks.endpointClocks)],
    ["webhook_endpoints_by_shop", webhooks.listeningStatuses],
    ["delivery_status_is_known", webhooks.deliveryStatuses],
    ["no_delivery_waits_without_a_clock", waiting(webhooks.deliveryClocks)],
  ])("names in %s what the code's lifecycle names, and nothing else", async (rule, words) => {
    expect(await wordsOf(rule)).toEqual([...words].sort());
  });

  test("takes no second live payment of an order, whatever has become of the first", async () => {
    const orderId = await reservedOrder("one-payment");
    const another = (status: string, dueAt: Date | null, attempt: number) =>
      sql`INSERT INTO payments (id, order_id, attempt, status, amount_minor, currency, due_at)
        SELECT ${randomUUID()}, order_id, ${attempt}, ${status}, amount_minor, currency, ${dueAt}
        FROM payments WHERE order_id = ${orderId} AND attempt = 1`.execute(db);
    const refused = { code: "23505", constraint: "one_live_payment" };
    for (const first of money.liveStatuses) {
      await sql`UPDATE payments SET status = ${first}, processing_since = now()
        WHERE order_id = ${orderId}`.execute(db);
      await expect(another("created", new Date(), 2)).rejects.toMatchObject(refused);
      await expect(another("pending", new Date(), 2)).rejects.toMatchObject(refused);
    }
    // What is over stands beside it, and a new one follows where all are.
    await another("cancelled", null, 2);
    await sql`UPDATE payments SET status = 'failed', due_at = NULL
      WHERE order_id = ${orderId} AND attempt = 1`.execute(db);
    await another("created", new Date(), 3);
  });

  test("takes no second live hold of an order's goods in one place", async () => {
    const orderId = await reservedOrder("one-hold");
    const again = (status: string) =>
      sql`INSERT INTO holds (id, order_id, sku, location, quantity, status)
        SELECT ${randomUUID()}, order_id, sku, location, 1, ${status}
        FROM holds WHERE order_id = ${orderId} LIMIT 1`.execute(db);
    const refused = { code: "23505", constraint: "one_live_hold" };
    for (const first of liveHolds) {
      await sql`UPDATE holds SET status = ${first} WHERE order_id = ${orderId}`.execute(db);
      await expect(again("held")).rejects.toMatchObject(refused);
      await expect(again("sold")).rejects.toMatchObject(refused);
    }
    await again("released");
    await sql`UPDATE holds SET status = 'released' WHERE order_id = ${orderId}`.execute(db);
    await again("held");
  });

  test("keeps every row that waits under an index of its clock", async () => {
    const waiting = Object.entries(columnsOfCode()).filter(([, columns]) => columns["due_at"]);
    expect(waiting.length).toBeGreaterThanOrEqual(4);
    const { rows } = await sql<{ table: string }>`
      SELECT tablename AS "table" FROM pg_indexes
      WHERE indexdef LIKE '%(due_at) WHERE (due_at IS NOT NULL)'`.execute(db);
    expect(rows.map(({ table }) => table).sort()).toEqual(waiting.map(([table]) => table).sort());
  });
});

/** An order with its payment and its hold, through our own doors. */
async function reservedOrder(sku: string): Promise<string> {
  await stockProduct(db, sku, 5);
  const request = requestOf(await openShop(db), [{ sku, quantity: 1 }]);
  const [id = ""] = await reserved(db, testSettings(database.url), request);
  return id;
}

function waiting(clocks: Record<string, "rests" | { wakes: string }>): string[] {
  return Object.keys(clocks).filter((status) => clocks[status] !== "rests");
}
