"use strict";

/** When the whole run began; the programs that follow count on from there. */
const startedAt = Number(process.env.AURORA_STARTED_AT ?? Date.now());

/** One line of progress, on stderr: stdout belongs to the program, whose --json must stay clean. */
function say(line) {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1).padStart(5);
  process.stderr.write(`${seconds} s  ${line}\n`);
}

module.exports = { say, startedAt };
