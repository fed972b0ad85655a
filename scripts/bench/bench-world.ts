import { sql } from "kysely";
import { connect, type Db } from "../../src/db/connect.ts";
import { importGoods } from "../../src/inventory/import-goods.ts";
import { createLog } from "../../src/log.ts";
import { jsonClient } from "../world/json-client.ts";
import { ensureShop, localCurrency } from "../world/local-shop.ts";
import { inOwnWorld } from "../world/own-world.ts";
import type { World } from "../world/world.ts";

/** What a benchmark is run with. */
export interface Bench {
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  signal: AbortSignal;
  /** Where profiles go, if any are wished for. */
  profileFolder?: string;
}

/** A world of a benchmark's own, its shop stocked. */
export interface BenchWorld extends World {
  sandboxUrl: string;
  db: Db;
  publishableKey: string;
  /** The names of the processes that are ours, as in the Procfile. */
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

/** Commit timestamps say when an order was paid; nothing else differs from production. */
const postgres = {
  shared_preload_libraries: "pg_stat_statements",
  track_commit_timestamp: "on",
};

/** Brings up a world as `npm start` does, durable and with logs as in production. */
export async function inBenchWorld<T>(
  { env, say, signal, profileFolder }: Bench,
  { processes = ["web", "worker"], settings = {} }: BenchWorldWishes,
  act: (world: BenchWorld) => Promise<T>,
): Promise<T> {
  const profiled = profileFolder && { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileFolder}` };
  const wishes = {
    purpose: "bench" as const,
    // The servers are always private ones: what else runs on them would be measured, too.
    env: { ...env, DATABASE_URL: undefined, REDIS_URL: undefined },
    ...{ say, signal, processes, postgres },
    settings: {
      LOG_FORMAT: "json",
      // An order's way ends at its mail; what SendGrid tells of it later is measured by itself.
      SANDBOX_MAIL_EVENTS_KEY: "",
      ...settings,
      ...profiled,
    },
  };
  const { result } = await inOwnWorld(wishes, async (world) => {
    const log = createLog("bench", { level: "error", format: "pretty" });
    const connection = { DATABASE_URL: world.databaseUrl, DATABASE_POOL: 2 };
    const db = connect(connection, log, { name: "aurora bench", statementSeconds: 120 });
    try {
      await sql`CREATE EXTENSION IF NOT EXISTS pg_stat_statements`.execute(db);
      await stock(
        db,
        Array.from({ length: skuCount }, (_, nr) => [skuOf(nr), plenty]),
      );
      const { publishableKey } = await ensureShop(world.databaseUrl, undefined);
      const ask = jsonClient(world.sandboxUrl);
      const control = async (path: string, body: object) => {
        await ask("POST", `/_sandbox${path}`, { body });
      };
      const result = await act({ ...world, db, publishableKey, processes, control });
      return { isSound: true, result };
    } finally {
      await db.destroy();
    }
  });
  return result;
}

/** Brings goods in, each with so many units; plans made for empty tables are bad ones. */
export async function stock(db: Db, goods: readonly (readonly [string, number])[]): Promise<void> {
  const product = { priceMinor: 499, currency: localCurrency };
  const opening = goods.map(([sku, units]) => ({ ...product, sku, name: sku, opening: units }));
  await importGoods(db, opening, `Opening stock of ${goods[0]?.[0]}`);
  await sql`ANALYZE products, stock, stock_movements`.execute(db);
}
