import { sql } from "kysely";
import { connect, type Db } from "../../src/db/connect.ts";
import { importGoods, type OpeningGoods } from "../../src/inventory/import-goods.ts";
import { createLog } from "../../src/log.ts";
import { jsonClient } from "../world/json-client.ts";
import { ensureShop, localCurrency } from "../world/local-shop.ts";
import { inOwnWorld, type OwnWorld } from "../world/own-world.ts";
import type { Bench } from "./bench.ts";

/** A world of a benchmark's own, its shop stocked. */
export interface BenchWorld extends OwnWorld {
  db: Db;
  publishableKey: string;
  /** The names of the processes that are ours: a second worker is "worker-2". */
  processes: readonly string[];
  /** Asks the stand-ins' control API. */
  control(path: string, body: object): Promise<void>;
}

export interface BenchWorldWishes {
  processes?: readonly string[];
  settings?: Record<string, string>;
}

const skuCount = 1_000;
/** What nobody sells out, however long a benchmark runs. */
export const plenty = 1_000_000_000;
export const skuOf = (nr: number) => `bench-${String((nr % skuCount) + 1).padStart(4, "0")}`;

/**
 * Commit timestamps say when an order was paid. A load's log is read after it, when checkpoints
 * may have come by: so much is more than any load here writes. Nothing else differs from
 * production.
 */
const postgres = {
  shared_preload_libraries: "pg_stat_statements",
  track_commit_timestamp: "on",
  wal_keep_size: "2GB",
};

/**
 * Brings up a world as `npm start` does, with logs as in production. An order's way ends at its
 * mail: what SendGrid would tell of it later is left out. The stand-ins share the cores with what
 * is measured: they keep no journal.
 */
export async function inBenchWorld<T>(
  { env, say, signal }: Bench,
  { processes = ["web", "worker"], settings = {} }: BenchWorldWishes,
  act: (world: BenchWorld) => Promise<T>,
): Promise<T> {
  const wishes = {
    purpose: "bench" as const,
    // The servers are always private ones: what else runs on them would be measured, too.
    env: { ...env, DATABASE_URL: undefined, REDIS_URL: undefined },
    ...{ say, signal, processes, postgres },
    settings: { LOG_FORMAT: "json", SANDBOX_DIR: "none", SANDBOX_MAIL_EVENTS_KEY: "", ...settings },
  };
  const { result } = await inOwnWorld(wishes, async (world) => {
    const log = createLog("bench", { level: "error", format: "pretty" });
    const connection = { DATABASE_URL: world.databaseUrl, DATABASE_POOL: 2 };
    const db = connect(connection, log, { name: "aurora-bench", statementSeconds: 120 });
    try {
      await sql`CREATE EXTENSION pg_stat_statements`.execute(db);
      await sql`CREATE EXTENSION pg_walinspect`.execute(db);
      await stock(
        db,
        Array.from({ length: skuCount }, (_, nr) => goodsOf(skuOf(nr), plenty)),
      );
      const { publishableKey } = await ensureShop(world.databaseUrl, undefined);
      const ask = jsonClient(world.sandboxUrl);
      const control = async (path: string, body: object) => {
        await ask("POST", `/_sandbox${path}`, { body });
      };
      const named = childNames(processes);
      const result = await act({ ...world, db, publishableKey, processes: named, control });
      return { isSound: true, result };
    } finally {
      await db.destroy();
    }
  });
  return result;
}

/** What the world calls them: the second of a name has its number behind it. */
function childNames(processes: readonly string[]): string[] {
  return processes.map((name, index) => {
    const nr = processes.slice(0, index + 1).filter((each) => each === name).length;
    return nr === 1 ? name : `${name}-${nr}`;
  });
}

export function goodsOf(sku: string, opening: number): OpeningGoods {
  return { sku, name: sku, priceMinor: 499, currency: localCurrency, opening };
}

/** Brings goods in; plans that were made for empty tables are bad ones. */
export async function stock(db: Db, goods: readonly OpeningGoods[]): Promise<void> {
  await importGoods(db, goods, `Opening stock from ${goods[0]?.sku ?? "nowhere"}`);
  await sql`ANALYZE products, stock, stock_movements`.execute(db);
}
