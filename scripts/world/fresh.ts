import { rmSync } from "node:fs";
import path from "node:path";
import { stopLeftOvers } from "./crew.ts";
import { postgresRunner } from "./postgres-binaries.ts";
import { postgresStop } from "./postgres-cluster.ts";
import { findRunningServer } from "./private-server.ts";
import { redisStop } from "./redis.ts";

/** Forgets all orders, payments and messages of a local world; keys and packages stay. */
export async function beginAnew(folder: string): Promise<void> {
  await stopLeftOvers(path.join(folder, "run"));
  const postgres = path.join(folder, "postgres");
  await findRunningServer(postgres, postgresStop)?.stop();
  await findRunningServer(path.join(folder, "redis"), redisStop)?.stop();
  // Where PostgreSQL runs as nobody, its files stand elsewhere.
  rmSync(postgresRunner().folderFor(postgres), { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
}
