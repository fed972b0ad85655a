"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { run } = require("./run.cjs");

/** Whether this machine's package manager is Debian's, or Ubuntu's. */
function hasApt(which) {
  return which("apt-get") !== undefined && which("dpkg") !== undefined;
}

/**
 * Unpacks Debian packages into `<folder>/root`, with those they need that are missing here. Asks
 * apt with lists and a cache of our own: that needs no root and installs nothing system-wide.
 */
async function unpackFromDebian(folder, packages, isNeeded = () => true) {
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
  const plan = await apt("--simulate", "install", "--no-install-recommends", ...packages);
  const missing = plan.split("\n").filter((line) => line.startsWith("Inst "));
  const names = missing.map((line) => line.split(" ")[1]);
  await apt("download", ...new Set([...packages, ...names.filter(isNeeded)]));
  for (const name of fs.readdirSync(work).filter((name) => name.endsWith(".deb"))) {
    await run("dpkg", ["-x", path.join(work, name), path.join(work, "root")]);
  }
  fs.rmSync(path.join(folder, "root"), { recursive: true, force: true });
  fs.renameSync(path.join(work, "root"), path.join(folder, "root"));
  fs.rmSync(work, { recursive: true, force: true });
}

module.exports = { hasApt, unpackFromDebian };
