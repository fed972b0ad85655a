"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { hasApt, unpackFromDebian } = require("./debian.cjs");
const { lastWords, run, which } = require("./run.cjs");
const { say } = require("./say.cjs");
const { explainText, Setback } = require("./setback.cjs");

/** Any of them will do for the browser tests. */
const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const macChrome = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** Chromium, what it starts besides, and letters to write with. */
const packages = ["chromium", "chromium-common", "fonts-liberation"];

/**
 * Makes sure that there is a Chromium for the browser tests: one on PATH, or Debian's, installed
 * where we are root and else unpacked into .aurora/chromium. Where no package manager is, the
 * browser tests say so and are left out.
 */
async function ensureChromium({ aurora, withLock }) {
  const folder = path.join(aurora, "chromium");
  const isThere = () =>
    names.some(which) ||
    fs.existsSync(macChrome) ||
    fs.existsSync(path.join(folder, "root/usr/lib/chromium/chromium"));
  if (isThere() || !hasApt(which)) return;

  await withLock("chromium", async () => {
    if (isThere()) return;
    try {
      await (process.getuid() === 0 ? install() : unpack(folder));
      say("Chromium: it is there");
    } catch (error) {
      throw error.said === undefined ? error : whyAptFailed(error.said);
    }
  });
}

async function install() {
  say("Chromium: installing Debian's package, for the browser tests");
  const env = { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args) => run("apt-get", ["-qq", ...args], { env });
  await apt("update");
  await apt("install", "--yes", "--no-install-recommends", ...packages);
}

async function unpack(folder) {
  say("Chromium: unpacking Debian's package into .aurora/chromium, for the browser tests");
  await unpackFromDebian(folder, packages);
}

function whyAptFailed(said) {
  const sentence = explainText(said, "Chromium");
  if (sentence !== undefined) return new Setback(sentence, "");
  return new Setback(
    `apt-get could not give us a Chromium for the browser tests: ${lastWords(said)}.`,
    "Install chromium by hand, so that it is on PATH.",
  );
}

module.exports = { ensureChromium };
