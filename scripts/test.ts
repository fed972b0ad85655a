import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { endWith } from "./world/missing-piece.ts";
import { places, root } from "./world/places.ts";
import { stopKeptServers, useTestServers } from "./world/test-servers.ts";
import { takeTally } from "./world/test-tally.ts";

const vitestStopsWithinMs = 10_000;

/**
 * npm test: the whole suite on a PostgreSQL and a Redis of its own.
 *
 *   node scripts/test.ts [--full] [--keep] [vitest's arguments]
 *   node scripts/test.ts --stop     ends the servers that --keep left running
 */
async function main(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const own = { "--full": false, "--keep": false, "--stop": false };
  const forVitest = args.filter((argument) => {
    if (!(argument in own)) return true;
    own[argument as keyof typeof own] = true;
    return false;
  });
  if (own["--stop"]) {
    const stopped = await stopKeptServers();
    console.error(stopped ? "The test servers are stopped." : "A test run still uses the servers.");
    return stopped ? 0 : 1;
  }

  const vitest = new VitestRun();
  const servers = await useTestServers({
    databaseUrl: env["TEST_DATABASE_URL"] || env["DATABASE_URL"] || undefined,
    redisUrl: env["TEST_REDIS_URL"] || env["REDIS_URL"] || undefined,
    searchPath: env["PATH"] ?? "",
    keep: own["--keep"],
  });
  const tallyFile = path.join(places.test, `tally-${process.pid}.json`);
  let code: number;
  try {
    code = await vitest.run(forVitest, tallyFile, {
      ...env,
      TEST_DATABASE_URL: servers.databaseUrl,
      TEST_REDIS_URL: servers.redisUrl,
      ...(own["--full"] ? { AURORA_TEST_FULL: "1" } : {}),
    });
  } finally {
    await servers.release();
  }
  const { passed, failed } = takeTally(tallyFile, code);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : code;
}

/** Vitest as a child. A wish to stop is for it: we end after it, when the servers are released. */
class VitestRun {
  #child: ChildProcess | undefined;
  #stopped = false;

  constructor() {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => this.#stop(signal));
    }
  }

  async run(args: string[], tallyFile: string, env: NodeJS.ProcessEnv): Promise<number> {
    if (this.#stopped) return 1;
    const chosen = args.some((argument) => argument.startsWith("--reporter"));
    const reporters = [...(chosen ? [] : ["--reporter=default"]), "--reporter=json"];
    const program = path.join(root, "node_modules/vitest/vitest.mjs");
    const tally = `--outputFile.json=${tallyFile}`;
    const child = spawn(process.execPath, [program, "run", ...args, ...reporters, tally], {
      cwd: root,
      env,
      stdio: "inherit",
    });
    this.#child = child;
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => resolve(code ?? 1));
    });
  }

  #stop(signal: NodeJS.Signals): void {
    this.#stopped = true;
    this.#child?.kill(signal);
    setTimeout(() => this.#child?.kill("SIGKILL"), vitestStopsWithinMs).unref();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2), process.env);
} catch (error) {
  endWith(error);
}
