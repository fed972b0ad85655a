"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { run, which, lastWords } = require("./run.cjs");
const { Setback, explainText } = require("./setback.cjs");

/** Runs npm in a folder, on the Node that runs us, and says in a sentence what went wrong. */
async function npm(args, { cwd, subject }) {
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
  // Without a network npm's own patience is minutes; what its cache has needs no network.
  const brisk = [
    "--prefer-offline",
    "--fetch-retries=2",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=4000",
  ];
  const [file, ...first] = findNpm();
  try {
    await run(file, [...first, ...args, "--prefix", cwd, ...quiet, ...brisk], { cwd });
  } catch (error) {
    if (error.said === undefined) throw error;
    const sentence = explainText(error.said, subject);
    if (sentence !== undefined) throw new Setback(sentence, "");
    throw new Setback(
      `npm could not install ${subject}: ${lastWords(error.said)}.`,
      "Mend that and run the command again.",
    );
  }
}

/** npm tells the scripts that it runs where it is; started by hand, look on PATH. */
function findNpm() {
  const told = process.env.npm_execpath;
  if (path.basename(told ?? "") === "npm-cli.js" && fs.existsSync(told)) {
    return [process.execPath, told];
  }
  const found = which("npm");
  if (found !== undefined) return [found];
  throw new Setback(
    "There is no npm on this machine.",
    "Install it (apt install npm, or Node 24 from nodejs.org).",
  );
}

module.exports = { npm };
