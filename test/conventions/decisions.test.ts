import { describe, expect, test } from "vitest";
import { filesIn, type TextFile, textOf } from "./repository.ts";

const pageLines = 40;
const pages = filesIn("docs/decisions/", ".md").filter(({ path }) => !path.endsWith("README.md"));

describe("the decisions", () => {
  test("are short, numbered without a gap, and say what each one cost", () => {
    expect(faultsOf(pages)).toEqual([]);
  });

  test("stand in their README under their own titles", () => {
    const list = textOf("docs/decisions/README.md");
    const rows = [...list.matchAll(/^\| \[(\d{4})\]\((\S+)\) \| (.+) \|$/gm)];
    expect(rows.map(([, number, path, title]) => [path, `# ${number}: ${title}`])).toEqual(
      pages.map(({ path, text }) => [path.split("/").at(-1), text.split("\n")[0]]),
    );
  });

  test("are found wanting when they are not so", () => {
    const whole = "# 0001: A\n\n## Context\n\n## Decision\n\n## Price\n";
    expect(faultsOf([{ path: "docs/decisions/0001-a.md", text: whole }])).toEqual([]);
    expect(faultsOf([{ path: "docs/decisions/0002-a.md", text: whole }])).toEqual([
      "docs/decisions/0002-a.md is not number 0001",
    ]);
    const free = whole.replace("## Price", "\n".repeat(40));
    expect(faultsOf([{ path: "docs/decisions/0001-a.md", text: `${free}end` }])).toEqual([
      "docs/decisions/0001-a.md has more than 40 lines",
      "docs/decisions/0001-a.md lacks one of Context, Decision, Price",
    ]);
  });
});

function faultsOf(files: readonly TextFile[]): string[] {
  return files.flatMap(({ path, text }, index) => {
    const number = String(index + 1).padStart(4, "0");
    const parts = [...text.matchAll(/^## (.+)$/gm)].map(([, part]) => part);
    return [
      ...(path.includes(`/${number}-`) && text.startsWith(`# ${number}: `)
        ? []
        : [`${path} is not number ${number}`]),
      ...(text.trimEnd().split("\n").length > pageLines ? [`${path} has more than 40 lines`] : []),
      ...(parts.join() === "Context,Decision,Price"
        ? []
        : [`${path} lacks one of Context, Decision, Price`]),
    ];
  });
}
