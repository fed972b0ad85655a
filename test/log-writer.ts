/** Writes log lines as its parent says, who reads them, or goes away. */
import { setImmediate as aTurn } from "node:timers/promises";
import { createLog } from "../src/log.ts";

const newLog = () => createLog("writer", { level: "info", format: "json" });
const log = newLog();

const acts: Record<string, () => void | Promise<void>> = {
  write: () => log.info("one_line"),
  fail() {
    log.info("went_before");
    log.error("failed");
    process.kill(process.pid, "SIGKILL");
  },
  end() {
    log.info("last_words");
    process.exit(0);
  },
  multiply() {
    for (let logs = 0; logs < 20; logs++) newLog().info("one_line");
  },
  async flood() {
    const reason = "x".repeat(500);
    for (let turns = 0; turns < 40; turns++) {
      for (let lines = 0; lines < 2_000; lines++) log.info("one_line", { reason });
      await aTurn();
    }
  },
};

process.on("message", (act: string) => void perform(act));

async function perform(act: string): Promise<void> {
  await acts[act]?.();
  // The lines of a turn are written at its end, and what became of them is known after it.
  await aTurn();
  await aTurn();
  const { writableLength: unread } = process.stdout;
  process.send?.({ listeners: process.listenerCount("exit"), unread });
}
