import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { filesIn, repository, root, textOf } from "./repository.ts";

const scripts: Record<string, string> = JSON.parse(textOf("package.json")).scripts;
const options = filesIn("scripts/", ".ts", ".cjs")
  .map(({ text }) => text)
  .join("\n");

type Example = { page: string; info: string; code: string };

const examples = repository
  .filter(({ path }) => path.endsWith(".md"))
  .flatMap(({ path, text }) => examplesOf(path, text));

describe("a command in the docs", () => {
  test("is a script of package.json, with options that exist", () => {
    expect(examples.flatMap(unknownCommands)).toEqual([]);
  });

  test.each([
    ["npm run reply -- FILE.csv", ["README.md: npm run reply"]],
    ["npm start -- --no-such-option", ["README.md: npm start --no-such-option"]],
    ["$ PORT=1 npm test -- --fulll", ["README.md: npm test --fulll"]],
    ["node src/api/servant.ts", ["README.md: node src/api/servant.ts"]],
    ["npm start\nnpm run lifecycle:draw\nnode src/db/migrate.ts\nnpm ci\ngit clone x", []],
  ])("such as %j is found to have the faults %j", (code, faults) => {
    expect(unknownCommands({ page: "README.md", info: "sh", code })).toEqual(faults);
  });
});

/** The fenced blocks of a page, with what stands behind the fence. */
function examplesOf(page: string, text: string): Example[] {
  return [...text.matchAll(/^ *```([^\n`]*)\n([\s\S]*?)^ *```/gm)].map(([, info, code]) => ({
    page,
    info: info!.trim(),
    code: code!.trim(),
  }));
}

function unknownCommands({ page, info, code }: Example): string[] {
  if (!/^(sh|bash|shell|console)\b/.test(info)) return [];
  const commands = code.split("\n").flatMap((line) => line.split("#")[0]!.split(/&&|;|\|/));
  return commands.flatMap((command) => {
    const faults = faultsOf(command.trim().replace(/^\$ /, ""));
    return faults.map((fault) => `${page}: ${fault}`);
  });
}

function faultsOf(command: string): string[] {
  const words = command.split(/\s+/).filter((word) => !/^[A-Z_]+=/.test(word));
  if (words[0] === "node" && /\.(ts|cjs|js)$/.test(words[1] ?? "")) {
    return existsSync(join(root, words[1]!)) ? [] : [`node ${words[1]}`];
  }
  if (words[0] !== "npm") return [];
  const isRunScript = words[1] === "run";
  const name = (isRunScript ? words[2] : words[1]) ?? "";
  const called = isRunScript ? `npm run ${name}` : `npm ${name}`;
  if (!isRunScript && !["start", "test"].includes(name)) return [];
  if (scripts[name] === undefined) return [called];
  const given = words.filter((word) => /^--\w/.test(word)).map((word) => word.split("=")[0]!);
  const known = (option: string) =>
    new RegExp(`["'\`]?(--)?\\b${option.slice(2)}\\b`).test(options);
  return given.filter((option) => !known(option)).map((option) => `${called} ${option}`);
}
