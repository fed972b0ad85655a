import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { filesIn, place, repository, type TextFile } from "./repository.ts";

// Names that say nothing: a file so called takes in whatever comes along.
const empty = ["util", "helper", "common", "manager", "base", "misc", "data", "process"];

type Rule = { what: string; pattern: RegExp; example: string };

/** What code must not contain. This folder is exempt: it has to speak of these things. */
const inCode: Rule[] = [
  { what: "unfinished work", pattern: /\b(TODO|FIXME|XXX|HACK)\b/, example: "// TODO: later" },
  { what: "a type that is talked away", pattern: /\bas any\b(?! [a-z])/, example: "x as any" },
  {
    what: "a silenced compiler",
    pattern: /@ts-(ignore|expect-error|nocheck)/,
    example: "@ts-ignore",
  },
  { what: "a silenced linter", pattern: /biome-ignore/, example: "// biome-ignore lint: no" },
  {
    what: "a test that does not run, or keeps others from running",
    pattern: /\b(test|it|describe)(\.\w+)*\.(skip|only|todo|fails)\b/,
    example: 'test.concurrent.skip("x")',
  },
  {
    what: "a replaced part of our own code",
    pattern: /\bvi\.(mock|doMock|hoisted|spyOn)\b/,
    example: 'vi.mock("../x.ts")',
  },
];

/** What a test must not do: it waits for the thing itself, with a bound (test/support/). */
const inTests: Rule[] = [
  {
    what: "a wait for time",
    pattern: /await (?:setTimeout|sleep|delay)\(\d|setTimeout\((?:resolve|done|\w+), ?\d/,
    example: "await new Promise((resolve) => setTimeout(resolve, 500))",
  },
];

/** What nothing in the repository may contain, the lockfile included. */
const anywhere: Rule[] = [
  {
    what: "a path of one machine",
    pattern: /(?<![\w.~-])\/(work|home\/\w+|Users\/\w+)\/\w/,
    example: "see /home/someone/aurora",
  },
  {
    what: "the address of a package registry",
    pattern: /https?:\/\/[^/\s"']*(registry|npmjs|artifactory|nexus|verdaccio|mirror)/i,
    example: '"resolved": "https://registry.example.com/hono.tgz"',
  },
  {
    what: "a place that a package was fetched from",
    pattern: /"resolved": "(?!node_modules)|^\s*(@\w+:)?registry\s*=/m,
    example: '"resolved": "https://packages.example/hono.tgz"',
  },
];

describe("the words of the repository", () => {
  const code = repository.filter(
    ({ path }) => /\.(ts|cjs|js|sql)$/.test(path) && !path.startsWith("test/conventions/"),
  );
  const all = repository.filter(({ path }) => path !== "test/conventions/words.test.ts");

  test.each(inCode)("never hold $what in code", ({ pattern }) => {
    expect(placesOf(pattern, code)).toEqual([]);
  });

  test.each(inTests)("never hold $what in tests", ({ pattern }) => {
    expect(
      placesOf(
        pattern,
        code.filter(({ path }) => path.startsWith("test/")),
      ),
    ).toEqual([]);
  });

  test.each(anywhere)("nowhere hold $what", ({ pattern }) => {
    expect(placesOf(pattern, all)).toEqual([]);
  });

  test.each([...inCode, ...inTests, ...anywhere])(
    "are searched for $what",
    ({ pattern, example }) => {
      const files = [{ path: "src/example.ts", text: `line one\n${example}\n` }];
      expect(placesOf(pattern, files)).toEqual(["src/example.ts:2"]);
    },
  );

  test("name no page that isn't there", () => {
    expect(missingPages(code)).toEqual([]);
    expect(missingPages(filesIn("", ".md", ".json", ".example"))).toEqual([]);
    expect(missingPages([{ path: "src/a.ts", text: "see LOST.md and docs/lost.md" }])).toEqual([
      "src/a.ts names LOST.md",
      "src/a.ts names docs/lost.md",
    ]);
  });
});

describe("the names of files and folders", () => {
  test("all say something", () => {
    expect(repository.map(({ path }) => path).filter(saysNothing)).toEqual([]);
  });

  test.each([
    "src/orders/util.ts",
    "src/helpers/mail.ts",
    "src/order-manager.ts",
    "test/data.json",
  ])("are not such as %s", (path) => expect(saysNothing(path)).toBe(true));

  test.each(["src/database.ts", "scripts/world/process-mark.ts", "src/workers/main.ts"])(
    "may well be such as %s",
    (path) => expect(saysNothing(path)).toBe(false),
  );
});

/** A name is empty when its last word is, for that is what it says the thing is. */
function saysNothing(path: string): boolean {
  const heads = path.split("/").map((name) => name.split(".")[0]!.split("-").at(-1)!);
  return heads.some((head) => empty.some((word) => head === word || head === `${word}s`));
}

function placesOf(pattern: RegExp, files: readonly TextFile[]): string[] {
  const everywhere = new RegExp(pattern, `${pattern.flags}g`);
  return files.flatMap((file) =>
    [...file.text.matchAll(everywhere)].map(({ index }) => place(file, index)),
  );
}

/** Markdown pages that are named and not there: by name, or by path from the root or from here. */
function missingPages(files: readonly TextFile[]): string[] {
  const pages = new Set(repository.flatMap(({ path }) => [path, basename(path)]));
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(/(?<![\w/.-])(?:\.{1,2}\/)*([\w./-]+\.md)\b/g)]
      .map(([, page]) => page!)
      .filter((page) => !pages.has(page) && !pages.has(join(dirname(path), page)))
      .map((page) => `${path} names ${page}`),
  );
}
