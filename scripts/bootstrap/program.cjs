"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { startedAt } = require("./say.cjs");

const lookForParentMs = 1_000;

/**
 * Runs the TypeScript program and answers how it ended. Signals are passed on. After Ctrl-C it
 * has had the signal already, from the terminal and from npm: programs take the second for the
 * first. When npm is killed outright, the program is told to stop.
 */
function runProgram({ root, envFile }, node, program, args) {
  const search = [path.dirname(node), path.join(root, "node_modules/.bin"), process.env.PATH];
  const hasSettings = envFile !== undefined && fs.existsSync(envFile);
  const settings = hasSettings ? [`--env-file=${envFile}`] : [];
  const child = spawn(node, [...settings, program, ...args], {
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: search.join(path.delimiter),
      AURORA_STARTED_AT: String(startedAt),
      AURORA_BOOTSTRAP_PID: String(process.pid),
    },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  if (process.env.npm_lifecycle_event !== undefined) whenParentDies(() => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
}

function whenParentDies(act) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, lookForParentMs);
  timer.unref();
}

module.exports = { runProgram };
