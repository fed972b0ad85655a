"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const running = new Set();

/** Runs a program of the set-up and answers what it printed; rejects with what it said. */
function run(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    const output = { stdout: "", stderr: "" };
    running.add(child);
    child.stdout.on("data", (chunk) => (output.stdout += chunk));
    child.stderr.on("data", (chunk) => (output.stderr += chunk));
    child.once("error", reject);
    child.once("close", (code) => {
      running.delete(child);
      if (code === 0) return resolve(output.stdout);
      const said = `${output.stderr}\n${output.stdout}`.trim();
      reject(Object.assign(new Error(`${path.basename(file)} ended with ${code}`), { said }));
    });
  });
}

/** Until the answer is called, Ctrl-C or a SIGTERM ends us and what we have started. */
function endOnSignals() {
  const handlers = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  const watched = Object.entries(handlers).map(([signal, code]) => {
    const end = () => {
      stopRunning();
      process.exit(code);
    };
    process.on(signal, end);
    return [signal, end];
  });
  return () => {
    for (const [signal, end] of watched) process.removeListener(signal, end);
  };
}

function stopRunning() {
  for (const child of running) child.kill("SIGTERM");
}

/** The full path of a program on PATH, or undefined. */
function which(name) {
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      if (folder === "") continue;
      fs.accessSync(file, fs.constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** The last line of a program's output that says something. */
function lastWords(said) {
  const lines = said.split("\n").map((line) => line.trim());
  return (
    lines.filter((line) => line !== "" && !/complete log of this run/i.test(line)).at(-1) ?? ""
  );
}

module.exports = { endOnSignals, run, stopRunning, which, lastWords };
