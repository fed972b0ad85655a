import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../scripts/world/ports.ts";
import { cloneHere } from "../support/clone.ts";
import { waitFor } from "../support/wait-for.ts";

let folder: string;

beforeAll(() => {
  folder = cloneHere();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("npm start shows an order up to its mail, and Ctrl-C leaves nothing running", async () => {
  const [port, sandboxPort] = [await freePort(), await freePort()];
  const env = { PATH: process.env["PATH"], HOME: process.env["HOME"] };
  const child = spawn(process.execPath, ["scripts/start.ts"], {
    cwd: folder,
    env: { ...env, PORT: String(port), SANDBOX_PORT: String(sandboxPort) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const ended = once(child, "exit");
  try {
    await waitFor("Aurora to be up", () => output.includes("Aurora is up"), { timeoutMs: 60_000 });
    expect(output).toMatch(/POST \/v1\/orders answered 202[\s\S]*payment_captured[\s\S]*the mail/);
    expect(output).toMatch(/Operations +http\S+\/ops\n[\s\S]*Switchboard +http\S+\/switchboard/);
    const curl = /^curl .*$/m.exec(output)?.[0] ?? "";
    const answer = execFileSync("bash", ["-c", curl], { encoding: "utf8" });
    expect(JSON.parse(answer)).toMatchObject({ status: "reserving", currency: "gbp" });
  } finally {
    child.kill("SIGINT");
  }
  expect(await ended).toEqual([0, null]);
  for (const each of [port, sandboxPort]) {
    await expect(fetch(`http://127.0.0.1:${each}/`)).rejects.toThrow();
  }
}, 90_000);
