import { describe, expect, test } from "vitest";
import { repository, type TextFile } from "./repository.ts";

// A file is read at one sitting, and a line without scrolling.
const fileLines = 200;
const lineColumns = 100;

const code = [".ts", ".cjs", ".js"];
const columns = [...code, ".sql", ".css", ".html"];

describe("the code", () => {
  test("has no file that is too long to read at one sitting", () => {
    expect(longFiles(repository)).toEqual([]);
  });

  test("has no line that needs scrolling", () => {
    expect(longLines(repository)).toEqual([]);
  });
});

describe("the measure", () => {
  test("of a file is its lines", () => {
    expect(longFiles([{ path: "src/full.ts", text: "x;\n".repeat(200) }])).toEqual([]);
    expect(longFiles([{ path: "src/over.ts", text: "x;\n".repeat(201) }])).toEqual(["src/over.ts"]);
  });

  test("of a line is its characters", () => {
    const [full, over] = ["x".repeat(100), "x".repeat(101)];
    expect(longLines([{ path: "src/a.ts", text: `${full}\n${over}\n` }])).toEqual(["src/a.ts:2"]);
    expect(longLines([{ path: "src/a.ts", text: `${"я".repeat(100)}\n` }])).toEqual([]);
  });
});

function longFiles(files: readonly TextFile[]): string[] {
  return files
    .filter(({ path }) => code.some((ending) => path.endsWith(ending)))
    .filter(({ text }) => text.trimEnd().split("\n").length > fileLines)
    .map(({ path }) => path);
}

function longLines(files: readonly TextFile[]): string[] {
  return files
    .filter(({ path }) => columns.some((ending) => path.endsWith(ending)))
    .flatMap(({ path, text }) =>
      text
        .split("\n")
        .flatMap((line, index) => ([...line].length > lineColumns ? [`${path}:${index + 1}`] : [])),
    );
}
