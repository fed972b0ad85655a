import { readFile } from "node:fs/promises";
import { foldSku } from "../src/inventory/sku.ts";
import { MissingPiece } from "./world/missing-piece.ts";

/** Something the file sells, and how many of it its sales ask for in all. */
export type RetailGoods = { sku: string; name: string; priceMinor: number; asked: number };

export type RetailSale = {
  invoice: string;
  lines: { sku: string; quantity: number }[];
  /** Null for guests. */
  customerId: string | null;
  country: string;
};

export type RetailFile = {
  goods: RetailGoods[];
  sales: RetailSale[];
  /** Invoices that are no sales, by the reason why. */
  skipped: { cancellations: number; withoutGoods: number; other: number };
};

const columns = [
  "invoice",
  "sku",
  "description",
  "quantity",
  "unit_price",
  "customer_id",
  "country",
] as const;

type Row = Record<(typeof columns)[number], string>;

/**
 * Reads a shop's transactions, one row per order line, as sales and the goods that they sold.
 *
 * A sale is an invoice whose number starts with a digit and which has goods; goods are rows
 * whose SKU starts with five digits, with a quantity and a price above zero. A SKU costs what
 * its first row of goods says, whatever its case.
 */
export async function readRetailFile(path: string): Promise<RetailFile> {
  const rows = readRows(await readText(path), path);
  const goods = new Map<string, RetailGoods>();
  const sales = new Map<string, RetailSale>();
  const invoices = new Set<string>();
  for (const row of rows) {
    invoices.add(row.invoice);
    if (!isSale(row.invoice) || !isGoods(row)) continue;
    const quantity = Number(row.quantity);
    addGoods(goods, row, quantity);
    const sale = sales.get(row.invoice) ?? newSale(row);
    sale.lines.push({ sku: row.sku, quantity });
    sales.set(row.invoice, sale);
  }
  return {
    goods: [...goods.values()],
    sales: [...sales.values()],
    skipped: count(invoices, sales),
  };
}

function isSale(invoice: string): boolean {
  return /^\d/.test(invoice);
}

function isGoods({ sku, quantity, unit_price }: Row): boolean {
  return /^\d{5}/.test(sku) && /^[1-9]\d*$/.test(quantity) && minorOf(unit_price) > 0;
}

function addGoods(goods: Map<string, RetailGoods>, row: Row, quantity: number): void {
  const { sku, description, unit_price } = row;
  const known = goods.get(foldSku(sku));
  const name = description.trim().replace(/\s+/g, " ");
  if (!known) {
    goods.set(foldSku(sku), {
      sku,
      name: name || sku,
      priceMinor: minorOf(unit_price),
      asked: quantity,
    });
    return;
  }
  known.asked += quantity;
  if (known.name === known.sku && name) known.name = name;
}

function newSale({ invoice, customer_id, country }: Row): RetailSale {
  return { invoice, lines: [], customerId: customer_id || null, country };
}

function count(invoices: Set<string>, sales: Map<string, RetailSale>): RetailFile["skipped"] {
  const skipped = { cancellations: 0, withoutGoods: 0, other: 0 };
  for (const invoice of invoices) {
    if (sales.has(invoice)) continue;
    if (isSale(invoice)) skipped.withoutGoods++;
    else if (/^C/i.test(invoice)) skipped.cancellations++;
    else skipped.other++;
  }
  return skipped;
}

/** Decimal text in minor units, such as 255 for "2.55"; 0 for what is no price. */
function minorOf(price: string): number {
  const [, whole, decimals = ""] = /^(\d+)(?:\.(\d*))?$/.exec(price) ?? [];
  if (whole === undefined) return 0;
  return Math.round(Number(`${whole}${decimals.padEnd(3, "0").slice(0, 3)}`) / 10);
}

async function readText(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).replace(/^\ufeff/, "");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new MissingPiece(`${path} can't be read (${code}).`, "Name a CSV file that is there.");
  }
}

function readRows(text: string, path: string): Row[] {
  const [header = [], ...records] = parseCsv(text);
  const places = columns.map((name) => [name, header.indexOf(name)] as const);
  const missing = places.filter(([, place]) => place === -1).map(([name]) => name);
  if (missing.length > 0) {
    throw new MissingPiece(
      `${path} has no column ${missing.join(", ")}.`,
      "scripts/sample/orders.csv shows the shape.",
    );
  }
  return records
    .filter((record) => record.length > 1)
    .map(
      (record) => Object.fromEntries(places.map(([name, at]) => [name, record[at] ?? ""])) as Row,
    );
}

/** Comma-separated values as RFC 4180 has them: quoted fields may hold commas, quotes and lines. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;
  while (field.lastIndex < text.length) {
    const start = field.lastIndex;
    const found = field.exec(text);
    if (!found) {
      const row = records.length + 1;
      throw new MissingPiece(`Row ${row} is no CSV (at character ${start}).`, "Mend its quotes.");
    }
    const [, quoted, plain = "", separator] = found;
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (separator === ",") {
      if (field.lastIndex === text.length) record.push("");
      else continue;
    }
    records.push(record);
    record = [];
  }
  return records;
}

/** A share of what a file's sales ask for, in whole units. */
export function openingStock(asked: number, factor: number): number {
  // Decimal factors are a hair off in binary: 100 times 0.29 is 29 all the same.
  return Math.floor(asked * factor + 1e-6);
}
