import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import pg from "pg";
import { onTestFinished } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { orderNumber } from "../../src/orders/ids.ts";
import { testServerUrl } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { inDatabase } from "../support/template-database.ts";

const folder = new URL("../../src/db/migrations/", import.meta.url);

/** A database that has had the migrations up to this one only. */
export async function oldDatabase(last: string): Promise<{ url: string; db: Db }> {
  const serverUrl = testServerUrl();
  const name = `aurora_test_${process.pid}_${Date.now().toString(36)}_old`;
  const server = new pg.Client({ connectionString: serverUrl });
  await server.connect();
  await server.query(`CREATE DATABASE ${name}`);
  const url = inDatabase(serverUrl, name);
  const db = connect(testSettings(url), quiet);
  onTestFinished(async () => {
    await db.destroy();
    await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await server.end();
  });
  await migrateTo(db, last);
  return { url, db };
}

/** Brings a database up to this migration, and no further. */
export async function migrateTo(db: Db, last: string): Promise<void> {
  const provider = { getMigrations: readMigrations };
  const { error } = await new Migrator({ db, provider }).migrateTo(last);
  if (error) throw error;
}

async function readMigrations(): Promise<Record<string, Migration>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql"));
  const read = async (name: string): Promise<[string, Migration]> => {
    const text = await readFile(new URL(name, folder), "utf8");
    return [name, { up: async (db) => void (await sql.raw(text).execute(db)) }];
  };
  return Object.fromEntries(await Promise.all(names.map(read)));
}

export const priceMinor = 500;

/** How an order stood when the first migration was the only one. */
export type OldOrder = {
  status: "awaiting_payment" | "paid" | "expired" | "cancelled";
  attention: string | null;
};

const moves = {
  paid: "payment_captured",
  expired: "hold_expired",
  cancelled: "cancelled",
} as const;

/** Opens the shop: one product at a price, and more of it than anybody orders. */
export async function openOldShop(db: Db): Promise<string> {
  const shopId = randomUUID();
  await sql`INSERT INTO shops (id, name, currency) VALUES (${shopId}, 'Old', 'gbp')`.execute(db);
  await sql`INSERT INTO products (sku, written_sku, name, price_minor, currency)
    VALUES ('mug', 'MUG', 'A mug', ${priceMinor}, 'gbp')`.execute(db);
  await sql`INSERT INTO stock (sku, on_hand) VALUES ('mug', 100)`.execute(db);
  await sql`INSERT INTO stock_movements (sku, location, kind, on_hand_delta, actor)
    VALUES ('mug', 'main', 'receive', 100, 'test')`.execute(db);
  return shopId;
}

/** Writes an order of one mug with all that its life had left behind; answers its id. */
export async function oldOrder(db: Db, shopId: string, order: OldOrder): Promise<string> {
  const id = randomUUID();
  const { status, attention } = order;
  const move = status === "awaiting_payment" ? [] : [[moves[status], "awaiting_payment", status]];
  const flagged = attention === null ? [] : [["attention", status, status]];
  const events = [
    ["placed", null, "draft"],
    ["checked_out", "draft", "reserving"],
    ["stock_reserved", "reserving", "awaiting_payment"],
    ...move,
    ...flagged,
  ];
  const waits = status === "awaiting_payment" ? new Date(Date.now() + 600_000) : null;
  await sql`INSERT INTO orders (id, shop_id, number, status, attention, version, currency,
      total_minor, locale, expires_at, due_at)
    VALUES (${id}, ${shopId}, ${orderNumber(id)}, ${status}, ${attention}, ${events.length},
      'gbp', ${priceMinor}, 'en', ${waits}, ${waits})`.execute(db);
  await sql`INSERT INTO order_lines
      (order_id, position, sku, written_sku, name, quantity, unit_price_minor)
    VALUES (${id}, 1, 'mug', 'MUG', 'A mug', 1, ${priceMinor})`.execute(db);
  for (const [index, [event, from, to]] of events.entries()) {
    await sql`INSERT INTO order_events (order_id, seq, event, from_status, to_status, actor)
      VALUES (${id}, ${index + 1}, ${event}, ${from}, ${to}, 'test')`.execute(db);
  }
  await holdMug(db, id, status);
  if (status === "paid") {
    await sql`INSERT INTO notifications (id, order_id, seq, template, channel, status)
      VALUES (${randomUUID()}, ${id}, 4, 'order_paid', 'email', 'sent')`.execute(db);
  }
  return id;
}

async function holdMug(db: Db, orderId: string, status: OldOrder["status"]): Promise<void> {
  const living = { awaiting_payment: "held", paid: "sold", expired: null, cancelled: null }[status];
  const holdId = randomUUID();
  await sql`INSERT INTO holds (id, order_id, sku, location, quantity, status)
    VALUES (${holdId}, ${orderId}, 'mug', 'main', 1, ${living ?? "released"})`.execute(db);
  for (const [kind, delta] of [["reserve", 1] as const, ["release", -1] as const]) {
    if (kind === "release" && living) continue;
    await sql`INSERT INTO stock_movements (sku, location, kind, reserved_delta, hold_id, actor)
      VALUES ('mug', 'main', ${kind}, ${delta}, ${holdId}, 'test')`.execute(db);
    await sql`UPDATE stock SET reserved = reserved + ${delta}`.execute(db);
  }
}

type OldPayment = {
  attempt: number;
  status: "captured" | "processing" | "cancelled";
  observedAt: Date;
  capturedMinor?: number;
};

/** Writes a payment of an order; `observedAt` says when the first code last saw it at Stripe. */
export async function oldPayment(db: Db, orderId: string, payment: OldPayment): Promise<string> {
  const id = randomUUID();
  const { attempt, status, observedAt, capturedMinor = priceMinor } = payment;
  await sql`INSERT INTO payments
      (id, order_id, attempt, status, amount_minor, currency, captured_minor, observed_at, due_at)
    VALUES (${id}, ${orderId}, ${attempt}, ${status}, ${priceMinor}, 'gbp',
      ${status === "captured" ? capturedMinor : 0}, ${observedAt},
      ${status === "processing" ? new Date(Date.now() + 600_000) : null})`.execute(db);
  return id;
}
