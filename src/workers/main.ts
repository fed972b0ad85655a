import { hostname } from "node:os";
import { type Config, type ConfigPart, readConfig, type Settings } from "../config.ts";
import { connect } from "../db/connect.ts";
import { workerConnections } from "../db/connections.ts";
import { keepBeating, type Who } from "../db/heartbeat.ts";
import { reasonOf } from "../errors.ts";
import { createLog, type Log } from "../log.ts";
import { createHints } from "../queues/hints.ts";
import { connectProducer, connectWorker } from "../queues/redis.ts";
import { checkRedis, whenReady } from "./check-redis.ts";
import { type RoleMeans, type WorkerRole, workerRoles } from "./roles.ts";
import type { RunningWorker } from "./run-worker.ts";
import { runSweeper } from "./sweeper.ts";
import { watchInvariants } from "./watch-invariants.ts";
import { watch } from "./watchdog.ts";

/** `node src/workers/main.ts <role|all>`: one role, or all of them in one process. */
const roles: readonly string[] = [...Object.keys(workerRoles), "sweeper"];

/** What is left of the time to stop when jobs have not ended by themselves, in seconds. */
const reserveSeconds = 3;

async function main(wanted: string): Promise<void> {
  const running = wanted === "all" ? roles : roles.filter((role) => role === wanted);
  if (running.length === 0) {
    throw new Error(`There is no role "${wanted}". Choose one of: ${roles.join(", ")}, all.`);
  }
  const workerNames = running.filter((role): role is WorkerRole => role in workerRoles);
  const needs = workerNames.flatMap((role): readonly ConfigPart[] => workerRoles[role].needs);
  const config = readConfig(process.env, needs) as Config;
  const { base } = config;
  const log = createLog(wanted === "all" ? "worker" : wanted, {
    level: base.LOG_LEVEL,
    format: base.LOG_FORMAT,
  });
  endOnSurprise(log);

  const db = connect(base, log, { name: `aurora ${wanted}`, prepared: true });
  const redis = connectWorker(base, log);
  const producer = connectProducer(base, log);
  const hints = createHints(producer, base, log);
  const stop = stopper(log, base.STOP_SECONDS);
  await whenReady(redis);
  await checkRedis(redis, log);

  const means: RoleMeans = { db, redis, hints, log };
  const workers: RunningWorker[] = [];
  for (const role of workerNames) workers.push(await workerRoles[role].start(config, means));
  const instance = `${wanted}@${hostname()}:${process.pid}`;
  const sweeper = running.includes("sweeper")
    ? runSweeper({ db, redis: producer, hints, settings: base, log, instance })
    : null;
  // A sweeper beats each second by itself, for as long as it sweeps.
  const heart = wanted === "sweeper" ? null : keepBeating(db, whoAmI(wanted, instance));
  const audit = running.includes("sweeper") ? auditor(base, log) : null;
  const exit = () => process.exit(1);
  const dog = watch(workers, { redis, log, patienceSeconds: base.WATCHDOG_SECONDS, exit });
  log.info("working", { role: running.join(",") });

  stop.with(async () => {
    dog.stop();
    audit?.stop();
    await Promise.all([sweeper?.stop(), ...workers.map(({ worker }) => worker.close())]);
    await hints.close();
    await heart?.stop();
    redis.disconnect();
    await db.destroy();
  });
}

/** The process in the list of those that live; in `all`, the sweeper beats beside it. */
function whoAmI(wanted: string, instance: string): Who {
  if (wanted !== "all") return { instance, role: wanted };
  return { instance: instance.replace(/^all/, "worker"), role: "worker" };
}

/** Checks that read whole tables have a connection of their own, and more time. */
function auditor(base: Settings, log: Log): { stop(): void } {
  const options = { name: "aurora invariants", statementSeconds: 60 };
  const { invariants } = workerConnections(base.DATABASE_POOL);
  const db = connect({ ...base, DATABASE_POOL: invariants }, log, options);
  return watchInvariants({ db, settings: base, log });
}

/**
 * Ends the process on SIGTERM or SIGINT: work that is under way is finished, within bounds.
 * BullMQ's close() never returns while Redis is away, so the deadline decides; a job that is
 * cut off is a job that was killed, and that is safe.
 */
function stopper(log: Log, seconds: number): { with(close: () => Promise<void>): void } {
  let closing: (() => Promise<void>) | null = null;
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info("stopping", { signal });
    setTimeout(() => process.exit(0), (seconds - reserveSeconds) * 1_000);
    void (closing?.() ?? Promise.resolve())
      .catch((error) => log.warn("stop_failed", { reason: reasonOf(error) }))
      .finally(() => process.exit(0));
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
  return {
    with(close) {
      closing = close;
    },
  };
}

/** After an error that nobody expected, a fresh process is safer than this one. */
function endOnSurprise(log: Log): void {
  const end = (error: unknown) => {
    log.error("surprise", { reason: reasonOf(error) });
    process.exit(1);
  };
  process.on("uncaughtException", end);
  process.on("unhandledRejection", end);
}

if (import.meta.main) {
  main(process.argv[2] ?? "").catch((error: unknown) => {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exit(1);
  });
}
