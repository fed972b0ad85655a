"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { hasApt, unpackFromDebian } = require("./debian.cjs");
const { which, lastWords } = require("./run.cjs");
const { say } = require("./say.cjs");
const { Setback, explainText } = require("./setback.cjs");

const orBringYourOwn = "or set REDIS_URL to a Redis that you have";

/**
 * Makes sure that there is a Redis to start: REDIS_URL, a server on PATH, or Debian's own
 * package unpacked into .aurora/redis. That needs no root and installs nothing system-wide.
 */
async function ensureRedis({ aurora, envFile, withLock }) {
  // Tests need one even so: some of them kill it.
  if (envFile !== undefined && (process.env.REDIS_URL || namesRedis(envFile))) return;
  if (which("redis-server") || which("valkey-server")) return;
  const folder = path.join(aurora, "redis");
  const isThere = () => fs.existsSync(path.join(folder, "root/usr/bin/redis-server"));
  if (isThere()) return;

  if (process.platform === "darwin") {
    throw new Setback(
      "There is no redis-server on this machine.",
      `Install one with: brew install redis (${orBringYourOwn}).`,
    );
  }
  if (!hasApt(which)) {
    throw new Setback(
      "There is no redis-server on this machine and no apt-get to fetch one with.",
      `Install redis or valkey (dnf, apk or pacman install it by that name), ${orBringYourOwn}.`,
    );
  }
  await withLock("redis", async () => {
    if (isThere()) return;
    say("Redis: unpacking Debian's package into .aurora/redis (nothing is installed system-wide)");
    try {
      const needed = (name) => /^(redis|lib)/.test(name);
      await unpackFromDebian(folder, ["redis-server", "redis-tools"], needed);
      say("Redis: it is there");
    } catch (error) {
      throw error.said === undefined ? error : whyAptFailed(error.said);
    }
  });
}

function namesRedis(envFile) {
  return fs.existsSync(envFile) && /^REDIS_URL=./m.test(fs.readFileSync(envFile, "utf8"));
}

function whyAptFailed(said) {
  const sentence = explainText(said, "Redis");
  if (sentence !== undefined) return new Setback(sentence, "");
  return new Setback(
    `apt-get could not give us a redis-server: ${lastWords(said)}.`,
    `Install redis-server by hand, ${orBringYourOwn}.`,
  );
}

module.exports = { ensureRedis };
