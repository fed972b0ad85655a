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
/** A job's payload is 200 bytes in all. */
const restOfPayload = 133;
/** Connections have to be opened, and a thread that has just begun is slow at anything. */
const mostWarmUpMs = 1_000;

/** Empty BullMQ jobs, added and worked by one process: J, and the CPU of a job, Redis' too. */
export async function emptyJobs(
  { redisUrl, marks }: BenchWorld,
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
  const data = { id: randomUUID(), version: 1, rest: "x".repeat(restOfPayload) };
  const add = async () => void (await queue.add("empty", data, { removeOnComplete: true }));
  const [from, to] = await around(ms, inFlight, add, () => ({
    ...{ done: worked, atMs: performance.now(), cpuMs: cpuMsNow(marks.redis?.pid) },
  }));
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  redis.disconnect();
  const jobs = to.done - from.done;
  return {
    perSecond: jobs / ((to.atMs - from.atMs) / 1_000),
    cpuMs: (to.cpuMs - from.cpuMs) / jobs,
  };
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
  // Apart from the shop's tables: nobody but us counts or analyzes it.
  await pool.query("CREATE SCHEMA limits CREATE TABLE rows (id uuid, body text)");
  const text = "INSERT INTO limits.rows (id, body) VALUES ($1, $2)";
  const body = "x".repeat(200);
  const perSecond = await rateOf(ms, connections, async () => {
    await pool.query({ name: "row", text, values: [randomUUID(), body] });
  });
  await pool.query("DROP SCHEMA limits CASCADE");
  await pool.end();
  return perSecond;
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
  const ask = async () =>
    await new Promise<void>((resolve, reject) => {
      get({ port, host: "127.0.0.1", agent }, (answer) => {
        answer.resume();
        answer.on("end", resolve);
      }).on("error", reject);
    });
  const perSecond = await rateOf(ms, inFlight, ask);
  agent.destroy();
  await thread.terminate();
  return perSecond;
}

async function rateOf(ms: number, places: number, act: () => Promise<void>): Promise<number> {
  let done = 0;
  const counted = async () => {
    await act();
    done++;
  };
  const [from, to] = await around(ms, places, counted, () => ({ done, atMs: performance.now() }));
  return (to.done - from.done) / ((to.atMs - from.atMs) / 1_000);
}

/**
 * Acts again and again in so many places, and reads before and after a time when all is warm. In
 * each of both times something is done, however short they are.
 */
async function around<Reading extends { done: number }>(
  ms: number,
  places: number,
  act: () => Promise<void>,
  read: () => Reading,
): Promise<[from: Reading, to: Reading]> {
  let isOver = false;
  const place = async () => {
    while (!isOver) await act();
  };
  const all = Promise.all(Array.from({ length: places }, place));
  const failure = new Promise<never>((_, reject) => void all.catch(reject));
  const pass = async (atLeastMs: number, before: number) => {
    let now: Reading;
    do {
      await delay(atLeastMs);
      now = read();
    } while (!isOver && now.done === before);
    return now;
  };
  try {
    const from = await Promise.race([failure, pass(Math.min(ms, mostWarmUpMs), 0)]);
    const to = await Promise.race([failure, pass(ms, from.done)]);
    isOver = true;
    await all;
    return [from, to];
  } finally {
    isOver = true;
  }
}
