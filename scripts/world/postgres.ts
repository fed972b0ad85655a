import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { lastLinesOf } from "./last-lines.ts";
import { MissingPiece } from "./missing-piece.ts";
import { freePort } from "./ports.ts";
import { type PostgresRunner, postgresRunner } from "./postgres-binaries.ts";
import { clearLeftOver, postgresStop, postgresUser, prepareCluster } from "./postgres-cluster.ts";
import { markFileIn, type PrivateServer, runningServer } from "./private-server.ts";
import { isAlive, markOf, type ProcessMark, stopProcess, writeMark } from "./process-mark.ts";

const startsWithinMs = 60_000;
const launches = 3;

export interface PostgresWishes {
  folder: string;
  /** Durable as in production; only tests may do without. */
  durable: boolean;
  maxConnections: number;
  /** Settings beside ours, such as shared_preload_libraries. */
  settings?: Record<string, string>;
}

/** Starts a private PostgreSQL in the folder, with what was in it before. */
export async function startPostgres(wishes: PostgresWishes): Promise<PrivateServer> {
  const runner = postgresRunner();
  mkdirSync(wishes.folder, { recursive: true, mode: 0o700 });
  const home = runner.folderFor(wishes.folder);
  const cluster = path.join(home, "cluster");
  const markFile = markFileIn(wishes.folder);
  const logFile = path.join(wishes.folder, "server.log");

  await clearLeftOver(markFile, cluster);
  const password = await prepareCluster(runner, home, cluster);

  for (let launch = 1; ; launch++) {
    const port = await freePort();
    const mark = spawnServer(runner, wishes, { cluster, logFile, port });
    writeMark(markFile, mark);
    if (await becomesReady(mark, cluster)) {
      const url = `postgres://${postgresUser}:${password}@127.0.0.1:${port}/postgres`;
      return runningServer(wishes.folder, mark, url, postgresStop);
    }
    await stopProcess(mark, postgresStop);
    const said = lastLinesOf(logFile, 6);
    // Between our finding a free port and its binding it, somebody else may have taken the port.
    if (!/Address already in use/i.test(said) || launch === launches) throw explain(said, logFile);
  }
}

function spawnServer(
  runner: PostgresRunner,
  wishes: PostgresWishes,
  place: { cluster: string; logFile: string; port: number },
): ProcessMark {
  const settings: Record<string, string | number> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: wishes.maxConnections,
    ...(wishes.durable ? {} : { fsync: "off", full_page_writes: "off", synchronous_commit: "off" }),
    ...wishes.settings,
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const { file, args } = runner.command("postgres", [
    ...["-D", place.cluster, "-p", String(place.port)],
    ...options,
  ]);
  const log = openSync(place.logFile, "w", 0o600);
  // A group of its own: Ctrl-C is for us, who then stop the servers last.
  const stdio: ["ignore", number, number] = ["ignore", log, log];
  const child = spawn(file, args, { detached: true, stdio, cwd: "/", ...runner.account });
  child.once("error", () => undefined); // Without a pid it is reported below.
  child.unref();
  closeSync(log);
  const mark = child.pid === undefined ? undefined : markOf(child.pid);
  if (mark) return mark;
  throw new MissingPiece("PostgreSQL did not start.", `Look into ${place.logFile}.`);
}

/** The eighth line of its pid file is how PostgreSQL says that it takes connections. */
async function becomesReady(mark: ProcessMark, cluster: string): Promise<boolean> {
  const pidFile = path.join(cluster, "postmaster.pid");
  const deadline = performance.now() + startsWithinMs;
  while (performance.now() < deadline) {
    if (!isAlive(mark)) return false;
    const lines = readLines(pidFile);
    if (Number(lines[0]) === mark.pid && lines[7]?.trim() === "ready") return true;
    await delay(10);
  }
  return false;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}

function explain(said: string, logFile: string): Error {
  if (/no space left/i.test(said)) return Object.assign(new Error(said), { code: "ENOSPC" });
  const versions = /initialized by PostgreSQL version (\S+),.*compatible with this version (\S+)/;
  const [, old, current] = versions.exec(said) ?? [];
  if (old !== undefined) {
    return new MissingPiece(
      `The local data was written by PostgreSQL ${old} and this is ${current}.`,
      "Begin anew with npm start -- --fresh, or set DATABASE_URL.",
    );
  }
  return new MissingPiece(
    `PostgreSQL did not come up: ${said.split("\n").at(-1)}.`,
    `Look into ${logFile}, or set DATABASE_URL to a PostgreSQL of your own.`,
  );
}
