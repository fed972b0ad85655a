import { describe, expect, test } from "vitest";
import { repository, type TextFile } from "./repository.ts";

// A file is read at one sitting, and a line without scrolling.
const fileLines = 200;
const lineColumns = 100;

const code = [".ts", ".cjs", ".js"];
const columns = [...code, ".sql", ".css", ".html", ".md"];
/** What Markdown can't break: a row of a table, and a link that has its line for itself. */
const unbreakable = /^\||^\s*\[[^\]]*\]\(\S+\)\W*$/;

describe("the repository", () => {
  test("has no code file that is too long to read at one sitting", () => {
    expect(longFiles(repository)).toEqual([]);
  });

  test("has no line that needs scrolling, in code or in documents", () => {
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

  test("of a document's line spares tables and lone links", () => {
    const over = "x ".repeat(51);
    const text = `| ${over} |\n[a](https://x.example/${"y".repeat(90)}).\n- ${over}\n`;
    expect(longLines([{ path: "docs/a.md", text }])).toEqual(["docs/a.md:3"]);
    expect(longLines([{ path: "src/a.ts", text }])).toHaveLength(3);
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
      text.split("\n").flatMap((line, index) => {
        const isSpared = path.endsWith(".md") && unbreakable.test(line);
        return [...line].length > lineColumns && !isSpared ? [`${path}:${index + 1}`] : [];
      }),
    );
}
