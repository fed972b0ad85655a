/**
 * How Aurora comes up from nothing: `npm start` and the other scripts of package.json begin here.
 *
 * Runs on any Node from 18 on and needs no node_modules. Finds or fetches Node 24, the npm
 * packages and Redis, then hands over to scripts/<command>.ts on Node 24. When all is there
 * already it says nothing.
 */
"use strict";

if (Number(process.versions.node.split(".")[0]) < 18) {
  console.error(`Node ${process.version} is too old. Install Node 18 or later; 24 is best.`);
  process.exit(1);
}

const fs = require("node:fs");
const path = require("node:path");
const { ensureChromium } = require("./bootstrap/chromium.cjs");
const { ensureDependencies } = require("./bootstrap/dependencies.cjs");
const { withLock } = require("./bootstrap/lock.cjs");
const { ensureNode } = require("./bootstrap/node.cjs");
const { runProgram } = require("./bootstrap/program.cjs");
const { ensureRedis } = require("./bootstrap/redis.cjs");
const { endOnSignals, stopRunning } = require("./bootstrap/run.cjs");
const { Setback, explain } = require("./bootstrap/setback.cjs");

/** The commands that start servers; the others fetch no Redis. */
const startsServers = new Set(["start", "test", "pictures", "replay", "bench"]);

/** They speak to a world that runs: its packages must not be exchanged under its feet. */
const joinsRunningWorld = new Set([
  "keys",
  "operators",
  "import",
  "invariants",
  "installation",
  "reconcile",
  "stripe-replay",
]);

const testing = new Set(["test", "pictures", "check"]);
const browsing = new Set(["test", "pictures"]);

async function main(command, args) {
  const root = path.resolve(__dirname, "..");
  const program = path.join(root, "scripts", `${command}.ts`);
  if (!/^[a-z-]+$/.test(command ?? "") || !fs.existsSync(program)) {
    throw new Setback(`There is no command "${command ?? ""}".`, "npm run lists those there are.");
  }
  if (process.platform !== "linux" && process.platform !== "darwin") {
    throw new Setback(
      `Aurora's local world does not run on ${process.platform}.`,
      "Use Linux or macOS; on Windows, WSL with Debian or Ubuntu will do.",
    );
  }
  const aurora = path.join(root, ".aurora");
  fs.mkdirSync(aurora, { recursive: true });
  const place = {
    root,
    aurora,
    // Settings of one's own, as .env.example lists them; what is tested does not depend on them.
    envFile: testing.has(command) ? undefined : path.join(root, ".env"),
    withLock: (name, act) => withLock(path.join(aurora, `${name}.lock`), act),
  };

  const handOver = endOnSignals();
  // Downloads that do not need each other: on a bare machine this is most of the waiting.
  const [node] = await Promise.all([
    ensureNode(place),
    ensureDependencies(place, { reinstall: !joinsRunningWorld.has(command) }),
    startsServers.has(command) && ensureRedis(place),
    browsing.has(command) && ensureChromium(place),
  ]);
  handOver();
  return await runProgram(place, node, program, args);
}

main(process.argv[2], process.argv.slice(3)).then(
  ({ code, signal }) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  },
  (error) => {
    stopRunning();
    const setback = explain(error);
    process.stderr.write(setback === undefined ? `${error.stack}\n` : `\n${setback}\n`);
    process.exit(1);
  },
);
