import { randomBytes } from "node:crypto";
import path from "node:path";
import { sql } from "kysely";
import { connect, type Db } from "../../src/db/connect.ts";
import type { Finding } from "../../src/invariants/invariant.ts";
import { importGoods } from "../../src/inventory/import-goods.ts";
import { createLog } from "../../src/log.ts";
import { openingStock, type RetailFile, readRetailFile } from "../retail-file.ts";
import { checkWorld } from "../world/check-world.ts";
import { readLocalSettings } from "../world/local-settings.ts";
import { ensureShop, localCurrency } from "../world/local-shop.ts";
import { MissingPiece } from "../world/missing-piece.ts";
import { places } from "../world/places.ts";
import { untilAtRest } from "../world/rest.ts";
import { type Carried, readCarried } from "./carried.ts";
import { inSomeWorld, type ReplayWorld } from "./choose-world.ts";
import { type PlayedSale, playSales } from "./play-sales.ts";

export interface ReplayWishes {
  file: string;
  /** Only the first so many sales. */
  orders: number | undefined;
  clients: number;
  /** How much of what all sales ask for is there when the shop opens. */
  stockFactor: number;
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  signal: AbortSignal;
}

export interface ReplayResult {
  isSound: boolean;
  file: string;
  skipped: RetailFile["skipped"];
  sales: PlayedSale[];
  carried: Carried;
  findings: Finding[];
  /** From the first POST to the last decision; and to the rest of everything. */
  placingSeconds: number;
  seconds: number;
  /** What is not as it must be, in words. */
  faults: string[];
}

const restsWithinMs = 120_000;

export async function replay(wishes: ReplayWishes): Promise<ReplayResult> {
  const retail = await readRetailFile(wishes.file);
  const sales = retail.sales.slice(0, wishes.orders);
  if (sales.length === 0) {
    throw new MissingPiece(
      `${wishes.file} has no sales.`,
      "scripts/sample/orders.csv shows the shape.",
    );
  }
  return await inSomeWorld(wishes, async (world) => {
    const log = createLog("replay", { level: "error", format: "pretty" });
    const connection = { DATABASE_URL: world.databaseUrl, DATABASE_POOL: 2 };
    const db = connect(connection, log, { name: "aurora replay", statementSeconds: 60 });
    try {
      return await replayIn(world, db, { ...retail, sales }, wishes);
    } finally {
      await db.destroy();
    }
  });
}

async function replayIn(
  world: ReplayWorld,
  db: Db,
  retail: RetailFile,
  { file, clients, stockFactor, say }: ReplayWishes,
): Promise<ReplayResult> {
  const run = randomBytes(6).toString("hex");
  await stockShop(db, retail, stockFactor, `Opening stock for replay ${run}`);
  const { cancellations, withoutGoods, other } = retail.skipped;
  say(
    `${path.basename(file)} has ${retail.sales.length} sales to replay; left out are ` +
      `${cancellations} cancellations, ${withoutGoods} invoices without goods, ${other} others`,
  );

  const { publishableKey } = await ensureShop(world.databaseUrl, rememberedShop(world));
  const startedAt = performance.now();
  const secondsSince = () => (performance.now() - startedAt) / 1_000;
  const sales = await playSales(world, publishableKey, retail, { clients, run, say });
  const placingSeconds = secondsSince();
  // What failed half-way may wait for its hold to run out; it is reported all the same.
  const decided = sales.filter(({ status }) => status !== "failed");
  const orderIds = decided.flatMap(({ orderId }) => orderId ?? []);
  await untilAtRest(db, orderIds, restsWithinMs);
  const seconds = secondsSince();
  say("Everything is at rest. Are the books right?");

  const standIns = { stripe: world.sandboxUrl, mail: world.sandboxUrl };
  const { patienceSeconds } = world;
  const findings = await checkWorld(db, standIns, { patienceSeconds }, orderIds);
  const carried = await readCarried(world.sandboxUrl, new Set(orderIds));
  const faults = faultsOf({ sales, carried, findings, enough: stockFactor >= 1 });
  const isSound = faults.length === 0;
  const { skipped } = retail;
  return { isSound, file, skipped, sales, carried, findings, placingSeconds, seconds, faults };
}

/** A delivery of its own for each replay: what an earlier one sold is not missing now. */
async function stockShop(
  db: Db,
  { goods }: RetailFile,
  factor: number,
  reason: string,
): Promise<void> {
  const opening = goods.map(({ asked, ...product }) => ({
    ...product,
    currency: localCurrency,
    opening: openingStock(asked, factor),
  }));
  await importGoods(db, opening, reason);
  // Plans that were made for empty tables are bad ones.
  await sql`ANALYZE products, stock, stock_movements`.execute(db);
}

function rememberedShop({ isOwn }: ReplayWorld) {
  return isOwn ? undefined : readLocalSettings(places.localSettings).shop;
}

/** Every sale paid or rejected, and the money and the mails are those of the paid. */
function faultsOf({
  sales,
  carried,
  findings,
  enough,
}: {
  sales: PlayedSale[];
  carried: Carried;
  findings: Finding[];
  enough: boolean;
}): string[] {
  const paid = sales.filter(({ status }) => status === "paid");
  const totalMinor = paid.reduce((sum, sale) => sum + sale.totalMinor, 0);
  const rejected = sales.filter(({ status }) => status === "rejected");
  const failed = sales.flatMap(({ invoice, fault }) => (fault ? [`${invoice}: ${fault}`] : []));
  const broken = findings.filter((finding) => finding.broken > 0);
  return [
    ...failed,
    ...(enough && rejected.length > 0 ? [`${rejected.length} rejected though all was there`] : []),
    ...(carried.capturedMinor === totalMinor
      ? []
      : [`Stripe captured ${carried.capturedMinor}, and the paid orders make ${totalMinor}`]),
    ...(carried.mails.length === sales.length
      ? []
      : [`${carried.mails.length} mails for ${sales.length} sales`]),
    ...(carried.confirmations === paid.length
      ? []
      : [`${carried.confirmations} confirmations for ${paid.length} paid orders`]),
    ...broken.map(({ name }) => `${name} is broken`),
  ];
}
