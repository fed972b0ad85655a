"use strict";

const fs = require("node:fs");
const { setTimeout: delay } = require("node:timers/promises");
const { Setback } = require("./setback.cjs");

const patienceMs = 300_000;
const halfMadeMs = 2_000;

/** Two runs must not install into the same folder at the same time: the second waits. */
async function withLock(file, act) {
  const deadline = Date.now() + patienceMs;
  while (!tryToTake(file)) {
    if (isAbandoned(file)) fs.rmSync(file, { force: true });
    else await delay(100);
    if (Date.now() > deadline) {
      throw new Setback(
        `Another run has been setting up for five minutes (${file}).`,
        "Wait for it, or remove that file if nothing runs.",
      );
    }
  }
  const release = () => fs.rmSync(file, { force: true });
  process.once("exit", release);
  try {
    return await act();
  } finally {
    process.removeListener("exit", release);
    release();
  }
}

function tryToTake(file) {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function isAbandoned(file) {
  try {
    const holder = Number(fs.readFileSync(file, "utf8"));
    if (holder === 0) return Date.now() - fs.statSync(file).mtimeMs > halfMadeMs;
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

module.exports = { withLock };
