import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./places.ts";

/** What each line of the Procfile runs, so that the local world runs the very same. */
export function readProcfile(file = path.join(root, "Procfile")): Map<string, string[]> {
  const commands = new Map<string, string[]>();
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line.trim() === "") continue;
    const [, name, command] = /^([a-z]+): node (\S.*)$/.exec(line) ?? [];
    if (!name || !command) throw new Error(`The Procfile has a line that is no command: ${line}`);
    commands.set(name, command.split(" "));
  }
  return commands;
}
