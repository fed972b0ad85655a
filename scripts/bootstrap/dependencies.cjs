"use strict";

const { isInstalled, matchesLockfile } = require("./lockfile.cjs");
const { npm } = require("./npm.cjs");
const { say } = require("./say.cjs");

/** Installs the npm packages when they are missing or are not those of the lockfile. */
async function ensureDependencies({ root, withLock }, { reinstall }) {
  const isSettled = () => (reinstall ? matchesLockfile(root) : isInstalled(root));
  if (isSettled()) return;
  await withLock("npm", async () => {
    if (isSettled()) return;
    say("npm packages: installing those of package-lock.json");
    // On an old Node npm would choose old versions, but here the lockfile has chosen: so npm need
    // not judge the Node it runs on, nor wait for ours. Tests need the dev packages.
    const args = ["ci", "--engine-strict=false", "--include=dev"];
    await npm(args, { cwd: root, subject: "the npm packages" });
    say("npm packages: they are there");
  });
}

module.exports = { ensureDependencies };
