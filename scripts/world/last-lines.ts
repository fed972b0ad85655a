import { readFileSync } from "node:fs";

/** The end of a log: what a program said before it gave up. */
export function lastLinesOf(file: string, count: number): string {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-count).join("\n");
  } catch {
    return "";
  }
}
