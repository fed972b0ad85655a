import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Agent, get } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { Worker as Thread } from "node:worker_threads";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import pg from "pg";
import type { BenchWorld } from "../bench-world.ts";
import { usageOf } from "./cpu.ts";

/**
 * What the same machine does in the same minute when nothing stands around it: the yardsticks
 * that make a result comparable with one from another machine, or from another hour.
 */

const inFlight = 64;
/** A process that has just begun is slow at anything. */
const warmUpMs = 1_000;

/** Empty BullMQ jobs, added and worked by one process: J, and the CPU of a job, Redis' too. */
export async function emptyJobs(
  { redisUrl, marks }: Pick<BenchWorld, "redisUrl" | "marks">,
  ms: number,
): Promise<{ perSecond: number; cpuMs: number }> {
  const prefix = `{bench-${randomUUID()}}`;
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue("empty", { connection: redis, prefix });
  // What fails fails its `add`, or the count.
  redis.on("error", () => undefined);
  queue.on("error", () => undefined);
  let worked = 0;
  const work = async () => void worked++;
  const worker = new Worker("empty", work, { connection: redis, prefix, concurrency: inFlight });
  worker.on("error", () => undefined);
  const until = performance.now() + warmUpMs + ms;
  const data = { id: randomUUID(), version: 1, order: "XN0C-WC7H-1W9F" };
  const add = async () => {
    while (performance.now() < until) await queue.add("empty", data, { removeOnComplete: true });
  };
  const reading = () => ({ worked, cpuMs: cpuMsNow(marks.redis?.pid) });
  const warm = delay(warmUpMs).then(reading);
  await Promise.all(Array.from({ length: inFlight }, add));
  const from = await warm;
  const to = reading();
  const jobs = to.worked - from.worked;
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  redis.disconnect();
  return { perSecond: jobs / (ms / 1_000), cpuMs: (to.cpuMs - from.cpuMs) / jobs };
}

function cpuMsNow(redisPid: number | undefined): number {
  const { user, system } = process.cpuUsage();
  const redis = redisPid === undefined ? Number.NaN : usageOf(redisPid).cpuMs;
  return (user + system) / 1_000 + redis;
}

/** Single rows, each committed to disk by itself, on so many connections: P. */
export async function durableCommitsPerSecond(
  { databaseUrl }: BenchWorld,
  ms: number,
  connections = 32,
): Promise<number> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: connections });
  pool.on("error", () => undefined);
  await pool.query("CREATE TABLE IF NOT EXISTS bench_rows (id bigint, body text)");
  const until = performance.now() + ms;
  let committed = 0;
  const write = async () => {
    for (; performance.now() < until; committed++) {
      const text = "INSERT INTO bench_rows (id, body) VALUES ($1, $2)";
      await pool.query({ name: "bench_row", text, values: [committed, "x".repeat(200)] });
    }
  };
  await Promise.all(Array.from({ length: connections }, write));
  await pool.query("DROP TABLE bench_rows");
  await pool.end();
  return committed / (ms / 1_000);
}

const echoServer = `
const { createServer } = require("node:http");
const { parentPort } = require("node:worker_threads");
const server = createServer((_, answer) => answer.end("{}"));
server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`;

/** Requests to a server that only answers, in a thread of its own. */
export async function echoesPerSecond(ms: number): Promise<number> {
  const thread = new Thread(echoServer, { eval: true });
  const [port] = await once(thread, "message");
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const until = performance.now() + ms;
  let answered = 0;
  const ask = async () => {
    for (; performance.now() < until; answered++) {
      await new Promise<void>((resolve, reject) => {
        get({ port, host: "127.0.0.1", agent }, (answer) => {
          answer.resume();
          answer.on("end", resolve);
        }).on("error", reject);
      });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, ask));
  agent.destroy();
  await thread.terminate();
  return answered / (ms / 1_000);
}
