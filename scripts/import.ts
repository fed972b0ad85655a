import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { sql } from "kysely";
import { isCurrency } from "../src/currencies.ts";
import type { Db } from "../src/db/connect.ts";
import { importGoods } from "../src/inventory/import-goods.ts";
import { commandLine } from "./command-line.ts";
import { openingStock, type RetailFile, readRetailFile } from "./retail-file.ts";
import { onTargetDatabase } from "./target-database.ts";
import { MissingPiece } from "./world/missing-piece.ts";

const line = commandLine(
  "npm run import -- FILE.csv [--stock-factor 0.6] [--currency gbp] [--json]",
);

/**
 * npm run import: the catalogue and opening stock of a shop, from a file of its sales. As much
 * stock comes in as the sales ask for, times the factor; the same file twice changes nothing.
 */
async function main(db: Db, { file, factor, currency, json }: Wishes): Promise<void> {
  const startedAt = performance.now();
  const retail = await readRetailFile(file);
  if (retail.goods.length === 0) {
    throw new MissingPiece(`${file} sells nothing.`, "scripts/sample/orders.csv shows the shape.");
  }
  const goods = retail.goods.map(({ asked, ...product }) => ({
    ...product,
    currency,
    opening: openingStock(asked, factor),
  }));
  const received = await importGoods(db, goods, await deliveryOf(file));
  // Plans that were made for empty tables are bad ones.
  await sql`ANALYZE products, stock, stock_movements`.execute(db);
  const summary = {
    ...summaryOf(retail),
    products: goods.length,
    received,
    seconds: Math.round(performance.now() - startedAt) / 1_000,
  };
  console.log(json ? JSON.stringify(summary) : inWords(file, summary));
}

/** How the ledger names what this file brings: by its name, and by its content. */
async function deliveryOf(file: string): Promise<string> {
  const hash = createHash("sha256").update(await readFile(file));
  return `Opening stock from ${path.basename(file)} (${hash.digest("hex").slice(0, 12)})`;
}

function summaryOf({ goods, sales, skipped }: RetailFile) {
  return {
    sales: sales.length,
    lines: sales.reduce((sum, { lines }) => sum + lines.length, 0),
    units: goods.reduce((sum, { asked }) => sum + asked, 0),
    totalMinor: goods.reduce((sum, { asked, priceMinor }) => sum + asked * priceMinor, 0),
    skipped,
  };
}

function inWords(file: string, summary: ReturnType<typeof summaryOf> & Summary): string {
  const { sales, lines, units, totalMinor, skipped, products, received, seconds } = summary;
  return [
    `${file}: ${sales} sales with ${lines} lines ask for ${units} units, worth ${totalMinor} ` +
      "in minor units.",
    `Left out: ${skipped.cancellations} cancellations, ${skipped.withoutGoods} invoices without ` +
      `goods, ${skipped.other} others.`,
    `The catalogue has its ${products} products; ${received} units came into stock` +
      `${received === 0 ? " (the opening stock of this file was there already)" : ""}.`,
    `${seconds} s`,
  ].join("\n");
}

type Summary = { products: number; received: number; seconds: number };
type Wishes = { file: string; factor: number; currency: string; json: boolean };

function readArguments(args: string[]): Wishes {
  const { values, positionals } = parse(args);
  const [file, ...more] = positionals;
  if (!file || more.length > 0) throw line.misuse("Name one CSV file.");
  const factor = Number(values["stock-factor"] ?? 1);
  if (!(factor >= 0 && factor <= 1_000))
    throw line.misuse("--stock-factor is a number from 0 to 1000.");
  const currency = values.currency ?? "gbp";
  if (!isCurrency(currency)) throw line.misuse(`"${currency}" is no currency; gbp is one.`);
  return { file, factor, currency, json: values.json ?? false };
}

function parse(args: string[]) {
  const text = { type: "string" } as const;
  const options = { "stock-factor": text, currency: text, json: { type: "boolean" } } as const;
  return line.parse({ args, options, allowPositionals: true });
}

line.answerHelp(process.argv.slice(2));
await onTargetDatabase("import", process.env, (db) =>
  main(db, readArguments(process.argv.slice(2))),
);
