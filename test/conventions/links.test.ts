import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { filesIn, place, root, type TextFile, textOf } from "./repository.ts";

const pages = filesIn("", ".md");

describe("the documents", () => {
  test("link to files and headings that are there", () => {
    expect(pages.flatMap(deadLinks)).toEqual([]);
  });

  test("name files of ours that are there", () => {
    expect(pages.flatMap(missingFiles)).toEqual([]);
  });

  test("are found out where they do not", () => {
    const links = [
      "[there](payments.md#the-ledger), [here](#a-title) and [away](https://x.example/y.md)",
      "[lost](../docs/decisions/README.md), [gone](lost.md), [unsaid](payments.md#nothing)",
    ];
    const text = `# A title\n\n${links.join("\n")}\n`;
    expect(deadLinks({ path: "docs/a.md", text })).toEqual([
      "docs/a.md:4 lost.md",
      "docs/a.md:4 payments.md#nothing",
    ]);
    expect(deadLinks({ path: "docs/decisions/a.md", text: links[1] ?? "" })).toHaveLength(3);
    const names = "`src/config.ts`, `src/orders/`, `src/queues/<queue>.ts` and `src/lost.ts`";
    expect(missingFiles({ path: "a.md", text: names })).toEqual(["a.md:1 src/lost.ts"]);
  });
});

/** Links to nowhere within the repository. Addresses of others are theirs to keep. */
function deadLinks(page: TextFile): string[] {
  const links = [...page.text.matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
  return links.flatMap(({ index, 1: path = "", 2: heading }) => {
    const target = path === "" ? page.path : normalize(join(dirname(page.path), path));
    const isThere = path === "" || existsSync(join(root, target));
    const headings = () => headingsOf(path === "" ? page.text : textOf(target));
    if (isThere && (heading === undefined || headings().includes(heading))) return [];
    return [`${place(page, index)} ${path}${heading === undefined ? "" : `#${heading}`}`];
  });
}

/** The headings of a page, as links name them. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Paths in code spans that lead to nothing. */
function missingFiles(page: TextFile): string[] {
  return [...page.text.matchAll(/`((?:src|scripts|sandbox|test|docs)\/[\w./-]*)`/g)]
    .filter(([, path = ""]) => !existsSync(join(root, path)))
    .map(({ index, 1: path }) => `${place(page, index)} ${path}`);
}
