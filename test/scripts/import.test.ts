import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { createLog } from "../../src/log.ts";
import { runCommand } from "../support/command.ts";
import { useDatabase } from "../support/database.ts";

const database = useDatabase();
const sample = "scripts/sample/orders.csv";
const run = (...args: string[]) => runCommand("import", args, { DATABASE_URL: database.url });
let db: Db;
beforeAll(() => {
  const log = createLog("test", { level: "error", format: "pretty" });
  db = connect({ DATABASE_URL: database.url, DATABASE_POOL: 1 }, log);
});
afterAll(() => db.destroy());

type Row = { sku: string; name: string; price: number; on_hand: number; moved: number };

async function shelf(): Promise<Row[]> {
  const { rows } = await sql<Row>`
    SELECT written_sku AS sku, name, price_minor AS price, coalesce(on_hand, 0) AS on_hand,
      (SELECT coalesce(sum(on_hand_delta), 0)::bigint FROM stock_movements AS m
        WHERE m.sku = products.sku) AS moved
    FROM products LEFT JOIN stock USING (sku) ORDER BY products.sku`.execute(db);
  return rows;
}

describe("npm run import", () => {
  test("brings catalogue and opening stock in through the ledger, once", async () => {
    const { code, stdout } = await run(sample, "--stock-factor", "0.6", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      sales: 13,
      lines: 27,
      units: 2_199,
      totalMinor: 373_364,
      products: 16,
      received: 1_314,
    });
    const before = await shelf();
    expect(before).toHaveLength(16);
    expect(before[0]).toEqual({
      sku: "10001A",
      name: "ENAMEL MUG BLUE",
      price: 895,
      on_hand: 91,
      moved: 91,
    });
    expect(before.every(({ on_hand, moved }) => on_hand === moved)).toBe(true);

    const again = await run(sample, "--stock-factor", "0.6");
    expect(again.stdout).toContain("was there already");
    expect(again.stdout).toContain("2 cancellations, 2 invoices without goods, 1 others");
    expect(await shelf()).toEqual(before);
  });

  test("keeps to its promise when two run at the same time", async () => {
    await sql`TRUNCATE stock_movements, stock, products CASCADE`.execute(db);
    const endings = await Promise.all([run(sample, "--json"), run(sample, "--json")]);
    expect(endings.map(({ code }) => code)).toEqual([0, 0]);
    const received = endings.map(({ stdout }) => JSON.parse(stdout).received);
    expect(received.sort((a, b) => a - b)).toEqual([0, 2_199]);
    expect((await shelf()).reduce((sum, { on_hand }) => sum + on_hand, 0)).toBe(2_199);
  });

  test.each([
    [[], "Name one CSV file."],
    [["no.csv"], "no.csv can't be read (ENOENT)."],
    [[sample, "--stock-factor", "much"], "--stock-factor is a number"],
    [[sample, "--currency", "zzz"], "is no currency"],
    [["package.json"], "Row 2 is no CSV"],
    [["Procfile"], "Procfile has no column invoice"],
  ])("says what is wrong with %j, and ends with 1", async (args, sentence) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
  });
});
