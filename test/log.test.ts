import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";

const program = path.join(import.meta.dirname, "log-writer.ts");

function startWriter(stdout: "pipe" | number = "pipe") {
  const child = spawn(process.execPath, [program], { stdio: ["ignore", stdout, "inherit", "ipc"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit").then(([code, signal]) => {
    throw new Error(`The writer ended with ${code ?? signal}.`);
  });
  return {
    child,
    /** What it answers once it has done so; one that ended instead fails the test. */
    async tell(act: string): Promise<{ listeners: number; unread: number }> {
      child.send(act);
      const [answer] = await Promise.race([once(child, "message"), ended]);
      return answer;
    },
  };
}

async function lastWords(act: string): Promise<string[]> {
  const { child, tell } = startWriter();
  let said = "";
  child.stdout?.on("data", (chunk) => (said += chunk));
  const closed = once(child, "close");
  await expect(tell(act)).rejects.toThrow("The writer ended");
  await closed;
  return said.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line).message]));
}

test("lets an error out at once, after what was waiting, and the rest before an end", async () => {
  expect(await lastWords("fail")).toEqual(["went_before", "failed"]);
  expect(await lastWords("end")).toEqual(["last_words"]);
});

test("listens for the end of the process once, however many logs it has", async () => {
  const { child, tell } = startWriter();
  child.stdout?.resume();
  const { listeners } = await tell("write");
  expect((await tell("multiply")).listeners).toBe(listeners);
});

test("lets a process live on when nobody reads its log any more", async () => {
  const { child, tell } = startWriter();
  await tell("write");
  child.stdout?.destroy();
  for (let lines = 0; lines < 5; lines++) await tell("write");
  expect(child.exitCode).toBeNull();
});

test("keeps no more for a reader who sleeps than a few megabytes", async () => {
  const { unread } = await startWriter().tell("flood");
  expect(unread).toBeGreaterThan(10 * megabyte);
  expect(unread).toBeLessThan(20 * megabyte);
});
const megabyte = 1024 * 1024;

test("writes again when its reader has come back", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "aurora-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const pipe = path.join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const openReader = () => openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const first = openReader();
  const writing = openSync(pipe, "w");
  const { tell } = startWriter(writing);
  closeSync(writing);
  await tell("write");
  expect(unread(first)).toMatch(oneLine);
  closeSync(first);
  await tell("write");

  const second = openReader();
  onTestFinished(() => closeSync(second));
  let text = "";
  while (text === "") {
    await tell("write");
    text = unread(second);
  }
  expect(text).toMatch(oneLine);
});

const oneLine = /^\{.*"message":"one_line"\}\n$/;

/** What is in the pipe; nothing is no error. */
function unread(fd: number): string {
  const bytes = Buffer.alloc(4_096);
  try {
    return bytes.toString("utf8", 0, readSync(fd, bytes));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return "";
    throw error;
  }
}
