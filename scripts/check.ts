import { spawn } from "node:child_process";
import path from "node:path";
import { endWith } from "./world/missing-piece.ts";
import { root } from "./world/places.ts";

/** npm run check: all that can be known without a database, a queue or a network. */
const steps = [
  { name: "format, lint, import directions", command: ["biome", "check", "."] },
  { name: "types", command: ["tsc", "--noEmit"] },
  { name: "unused code", command: ["knip", "--no-progress"] },
  { name: "tests that need no services", command: ["vitest", "run", "--project", "unit"] },
] as const;

async function main(): Promise<number> {
  const failed: string[] = [];
  for (const { name, command } of steps) {
    const begin = performance.now();
    const { code, output } = await run(command);
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    console.log(`${code === 0 ? "ok    " : "FAILED"}  ${name} (${command.join(" ")}) ${seconds} s`);
    if (code === 0) continue;
    failed.push(name);
    console.log(output.trimEnd());
  }
  if (failed.length === 0) return 0;
  console.log(`\nTo mend: ${failed.join("; ")}.`);
  return 1;
}

/** Runs one of the tools in node_modules; a step's output matters only when it fails. */
function run([tool, ...args]: readonly string[]): Promise<{ code: number; output: string }> {
  const file = path.join(root, "node_modules/.bin", tool ?? "");
  const child = spawn(file, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...(process.stdout.isTTY && { FORCE_COLOR: "1" }) },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  endWith(error);
}
