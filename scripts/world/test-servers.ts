import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { dropDatabasesLike } from "./databases.ts";
import { withLock } from "./folder-lock.ts";
import { assertDatabaseAnswers, assertRedisAnswers } from "./named-servers.ts";
import { places } from "./places.ts";
import { startPostgres } from "./postgres.ts";
import { postgresStop } from "./postgres-cluster.ts";
import { findRunningServer } from "./private-server.ts";
import { markOf, readMark, writeMark } from "./process-mark.ts";
import { redisStop, startRedis } from "./redis.ts";
import { findRedis } from "./redis-binary.ts";

const postgresFolder = path.join(places.test, "postgres");
const redisFolder = path.join(places.test, "redis");
const lockFile = path.join(places.test, "servers.lock");
const usersFolder = path.join(places.test, "users");
const keepFile = path.join(places.test, "keep");
const maxConnections = 200;

export interface TestServers {
  databaseUrl: string;
  redisUrl: string;
  release(): Promise<void>;
}

export interface TestServerWishes {
  /** Servers of the developer's own, used in place of private ones. */
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  searchPath: string;
  /** Leave the servers running for the runs to come. */
  keep: boolean;
}

/**
 * The PostgreSQL and Redis of the tests. Runs at the same time share them: the first
 * starts them, the last one out stops them unless somebody asked to keep them.
 */
export async function useTestServers(wishes: TestServerWishes): Promise<TestServers> {
  mkdirSync(usersFolder, { recursive: true });
  return await withLock(lockFile, async () => {
    const me = registerUser();
    const [databaseUrl, redisUrl] = await Promise.all([
      testDatabase(wishes.databaseUrl),
      testQueue(wishes.redisUrl, wishes.searchPath),
    ]);
    if (wishes.keep) writeFileSync(keepFile, "");
    return {
      databaseUrl,
      redisUrl,
      async release() {
        await withLock(lockFile, async () => {
          rmSync(me, { force: true });
          if (!existsSync(keepFile) && livingUsers() === 0) await stopServers();
        });
      },
    };
  });
}

/** Ends what --keep began; answers false when a test run still uses the servers. */
export async function stopKeptServers(): Promise<boolean> {
  return await withLock(lockFile, async () => {
    rmSync(keepFile, { force: true });
    if (livingUsers() > 0) return false;
    await stopServers();
    return true;
  });
}

async function testDatabase(named: string | undefined): Promise<string> {
  if (named) return await assertDatabaseAnswers(named).then(() => named);
  const running = findRunningServer(postgresFolder, postgresStop);
  if (running) return running.url;
  const server = await startPostgres({ folder: postgresFolder, durable: false, maxConnections });
  // Nobody can use them yet: what is there was left by runs that were killed, or is out of date.
  await dropDatabasesLike(server.url, "aurora\\_t%");
  return server.url;
}

async function testQueue(named: string | undefined, searchPath: string): Promise<string> {
  if (named) return await assertRedisAnswers(named).then(() => named);
  const running = findRunningServer(redisFolder, redisStop);
  return (running ?? (await startRedis(findRedis(searchPath), redisFolder))).url;
}

async function stopServers(): Promise<void> {
  await Promise.all([
    findRunningServer(postgresFolder, postgresStop)?.stop(),
    findRunningServer(redisFolder, redisStop)?.stop(),
  ]);
}

function registerUser(): string {
  const file = path.join(usersFolder, `${process.pid}.json`);
  const mark = markOf(process.pid);
  if (mark) writeMark(file, mark);
  return file;
}

function livingUsers(): number {
  if (!existsSync(usersFolder)) return 0;
  const files = readdirSync(usersFolder).filter((name) => name.endsWith(".json"));
  return files.filter((name) => readMark(path.join(usersFolder, name)) !== undefined).length;
}
