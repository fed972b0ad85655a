import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { lastLinesOf } from "./last-lines.ts";
import { MissingPiece } from "./missing-piece.ts";
import { freePort } from "./ports.ts";
import { markFileIn, type PrivateServer, runningServer } from "./private-server.ts";
import {
  isAlive,
  markOf,
  type ProcessMark,
  readMark,
  stopProcess,
  writeMark,
} from "./process-mark.ts";
import type { RedisBinary } from "./redis-binary.ts";

const startsWithinMs = 30_000;
const launches = 3;

export const redisStop = [
  { signal: "SIGTERM", waitMs: 5_000 },
  { signal: "SIGKILL", waitMs: 1_000 },
] as const;

/** Starts a private Redis that keeps an append-only file in the folder and never evicts. */
export async function startRedis(binary: RedisBinary, folder: string): Promise<PrivateServer> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const markFile = markFileIn(folder);
  const logFile = path.join(folder, "server.log");
  const leftOver = readMark(markFile);
  if (leftOver) await stopProcess(leftOver, redisStop);

  for (let launch = 1; ; launch++) {
    const port = await freePort();
    const mark = spawnServer(binary, { folder, logFile, port });
    writeMark(markFile, mark);
    if (await becomesReady(mark, port)) {
      return runningServer(folder, mark, `redis://127.0.0.1:${port}`, redisStop);
    }
    await stopProcess(mark, redisStop);
    const said = lastLinesOf(logFile, 8);
    // Between our finding a free port and its binding it, somebody else may have taken the port.
    if (!/Address already in use/i.test(said) || launch === launches) throw explain(said, logFile);
  }
}

function spawnServer(
  binary: RedisBinary,
  place: { folder: string; logFile: string; port: number },
): ProcessMark {
  const options = {
    port: String(place.port),
    bind: "127.0.0.1",
    dir: place.folder,
    appendonly: "yes",
    appendfsync: "everysec",
    save: "",
    "maxmemory-policy": "noeviction",
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const log = openSync(place.logFile, "w", 0o600);
  const child = spawn(binary.file, args, {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: place.folder,
    env: binary.libraryPath === undefined ? {} : { LD_LIBRARY_PATH: binary.libraryPath },
  });
  child.once("error", () => undefined); // Without a pid it is reported below.
  child.unref();
  closeSync(log);
  const mark = child.pid === undefined ? undefined : markOf(child.pid);
  if (mark) return mark;
  throw new MissingPiece("Redis did not start.", `Look into ${place.logFile}, or set REDIS_URL.`);
}

async function becomesReady(mark: ProcessMark, port: number): Promise<boolean> {
  const deadline = performance.now() + startsWithinMs;
  while (performance.now() < deadline) {
    if (!isAlive(mark)) return false;
    if (await answersPing(port)) return true;
    await delay(10);
  }
  return false;
}

/** While Redis still reads its append-only file it answers -LOADING. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write("PING\r\n"));
    const answer = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(1_000, () => answer(false));
    socket.once("error", () => answer(false));
    socket.once("data", (said) => answer(said.toString().startsWith("+PONG")));
  });
}

function explain(said: string, logFile: string): Error {
  if (/no space left/i.test(said)) return Object.assign(new Error(said), { code: "ENOSPC" });
  return new MissingPiece(
    `Redis did not come up: ${said.split("\n").at(-1)}.`,
    `Look into ${logFile}, or set REDIS_URL to a Redis of your own.`,
  );
}
