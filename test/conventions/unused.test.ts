import { describe, expect, test } from "vitest";
import { controlProject, run } from "./control-project.ts";

const entries = [
  "src/api/server.ts",
  "src/workers/main.ts",
  "src/db/migrate.ts",
  "sandbox/main.ts",
];

describe("knip", () => {
  test("finds what nobody uses", () => {
    const found = unused({
      "src/api/server.ts":
        'import { used } from "../orders/used.ts";\nimport "undeclared";\nexport default used;\n',
      "src/orders/used.ts": "export const used = 1;\nexport const forgotten = 2;\n",
      "src/orders/orphan.ts": "export const orphan = 1;\n",
    });
    expect(found["exports"]).toEqual(["src/orders/used.ts forgotten"]);
    expect(found["files"]).toEqual(["src/orders/orphan.ts src/orders/orphan.ts"]);
    expect(found["unlisted"]).toEqual(["src/api/server.ts undeclared"]);
    expect(found["dependencies"]).toContain("package.json stripe");
  });

  test("counts entry files, scripts and tests as used", () => {
    const roots = [...entries, "scripts/start.ts", "test/orders/advance.test.ts"];
    const found = unused(Object.fromEntries(roots.map((path) => [path, "export {};\n"])));
    expect(found["files"] ?? []).toEqual([]);
  });
});

type Report = { issues: ({ file: string } & Record<string, { name: string }[]>)[] };

/** What knip reports of a project of these files under our knip.json, by the kind of the fault. */
function unused(files: Record<string, string>): Record<string, string[]> {
  using project = controlProject(files);
  const { stdout, stderr } = run("knip/bin/knip.js", project.folder, ["--reporter=json"]);
  if (!stdout.startsWith("{")) throw new Error(`knip did not report: ${stdout}${stderr}`);
  const found: Record<string, string[]> = {};
  for (const { file, ...kinds } of (JSON.parse(stdout) as Report).issues) {
    for (const [kind, faults] of Object.entries(kinds)) {
      const named = faults.map(({ name }) => `${file} ${name}`);
      found[kind] = [...(found[kind] ?? []), ...named];
    }
  }
  return found;
}
