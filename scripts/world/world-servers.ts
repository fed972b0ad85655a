import path from "node:path";
import { ensureDatabase } from "./databases.ts";
import type { Guardian } from "./guardian.ts";
import { assertDatabaseAnswers, assertRedisAnswers } from "./named-servers.ts";
import { startPostgres } from "./postgres.ts";
import type { PrivateServer } from "./private-server.ts";
import type { ProcessMark } from "./process-mark.ts";
import { startRedis } from "./redis.ts";
import { findRedis } from "./redis-binary.ts";

const databaseName = "aurora";

/** PostgreSQL and Redis of a world: the named ones, or private ones in the world's folder. */
export interface WorldServers {
  databaseUrl: string;
  redisUrl: string;
  /** Whether Redis is a private one, where nobody else has anything. */
  ownsRedis: boolean;
  /** The processes of the private ones. */
  marks: { postgres?: ProcessMark; redis?: ProcessMark };
  /** Stops the private ones; the named ones are not ours to stop. */
  stop(): Promise<void>;
}

export interface ServerWishes {
  folder: string;
  durable: boolean;
  /** Settings of the private PostgreSQL beside ours, such as shared_preload_libraries. */
  postgres?: Record<string, string>;
}

export async function startServers(
  env: NodeJS.ProcessEnv,
  wishes: ServerWishes,
  guardian: Guardian,
  say: (line: string) => void,
): Promise<WorldServers> {
  const started: PrivateServer[] = [];
  const marks: WorldServers["marks"] = {};
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()));
    for (const { mark } of started) guardian.forget(mark);
  };

  const postgres = async () => {
    const named = env["DATABASE_URL"];
    if (named) return await assertDatabaseAnswers(named).then(() => named);
    const folder = path.join(wishes.folder, "postgres");
    const { durable, postgres: settings = {} } = wishes;
    const server = await startPostgres({ folder, durable, maxConnections: 200, settings });
    started.push(server);
    marks.postgres = server.mark;
    guardian.watch(server.mark, "INT");
    say(`PostgreSQL listens on port ${new URL(server.url).port}`);
    return await ensureDatabase(server.url, databaseName);
  };
  const redis = async () => {
    const named = env["REDIS_URL"];
    if (named) return await assertRedisAnswers(named).then(() => named);
    const binary = findRedis(env["PATH"] ?? "");
    const server = await startRedis(binary, path.join(wishes.folder, "redis"));
    started.push(server);
    marks.redis = server.mark;
    guardian.watch(server.mark, "TERM");
    say(`Redis listens on port ${new URL(server.url).port}`);
    return server.url;
  };

  // Both to their end, also when one fails: nothing may start after we have stopped the rest.
  const [database, queue] = await Promise.allSettled([postgres(), redis()]);
  if (database.status === "fulfilled" && queue.status === "fulfilled") {
    const ownsRedis = !env["REDIS_URL"];
    return { databaseUrl: database.value, redisUrl: queue.value, ownsRedis, marks, stop };
  }
  await stop();
  throw database.status === "rejected" ? database.reason : (queue as PromiseRejectedResult).reason;
}
