"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { run, which, lastWords } = require("./run.cjs");
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
  if (!which("apt-get") || !which("dpkg")) {
    throw new Setback(
      "There is no redis-server on this machine and no apt-get to fetch one with.",
      `Install redis or valkey (dnf, apk or pacman install it by that name), ${orBringYourOwn}.`,
    );
  }
  await withLock("redis", async () => {
    if (isThere()) return;
    say("Redis: unpacking Debian's package into .aurora/redis (nothing is installed system-wide)");
    try {
      await unpackFromDebian(folder);
      say("Redis: it is there");
    } catch (error) {
      throw error.said === undefined ? error : whyAptFailed(error.said);
    }
  });
}

function namesRedis(envFile) {
  return fs.existsSync(envFile) && /^REDIS_URL=./m.test(fs.readFileSync(envFile, "utf8"));
}

/** Asks apt, with lists and a cache of our own, for the packages that are missing here. */
async function unpackFromDebian(folder) {
  const work = path.join(folder, "work");
  fs.rmSync(work, { recursive: true, force: true });
  for (const name of ["lists/partial", "archives/partial", "root"]) {
    fs.mkdirSync(path.join(work, name), { recursive: true });
  }
  const settings = {
    "Dir::State::lists": path.join(work, "lists"),
    "Dir::Cache": work,
    "Dir::Cache::archives": path.join(work, "archives"),
    "Debug::NoLocking": "1",
    "APT::Sandbox::User": "",
    "APT::Update::Error-Mode": "any",
    "Acquire::Languages": "none",
    "Acquire::Retries": "2",
    "Acquire::http::Timeout": "30",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const apt = (...args) =>
    run("apt-get", [...options, "-qq", ...args], {
      cwd: work,
      env: { ...process.env, LC_ALL: "C" },
    });

  await apt("update");
  const plan = await apt("--simulate", "install", "--no-install-recommends", "redis-server");
  const missing = plan.split("\n").filter((line) => line.startsWith("Inst "));
  const names = missing.map((line) => line.split(" ")[1]);
  const needed = names.filter((name) => /^(redis|lib)/.test(name));
  await apt("download", ...new Set(["redis-server", "redis-tools", ...needed]));
  for (const name of fs.readdirSync(work).filter((name) => name.endsWith(".deb"))) {
    await run("dpkg", ["-x", path.join(work, name), path.join(work, "root")]);
  }
  fs.rmSync(path.join(folder, "root"), { recursive: true, force: true });
  fs.renameSync(path.join(work, "root"), path.join(folder, "root"));
  fs.rmSync(work, { recursive: true, force: true });
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
