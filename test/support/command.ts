import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

const scripts = path.resolve(import.meta.dirname, "../../scripts");

export type Ending = { code: number | null; stdout: string; stderr: string };

/** Runs one of our commands to its end, as npm run does after the bootstrap. */
export async function runCommand(
  name: string,
  args: readonly string[],
  env: Record<string, string>,
  input?: string,
): Promise<Ending> {
  const child = spawn(process.execPath, [path.join(scripts, `${name}.ts`), ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A command that reads nothing may have ended by then.
  child.stdin.on("error", () => undefined).end(input);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const [code] = await once(child, "close");
  return { code: code as number | null, stdout, stderr };
}
