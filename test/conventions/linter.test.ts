import { beforeAll, describe, expect, test } from "vitest";
import { type Complaint, lint } from "./control-project.ts";

const entryFiles = [
  "src/api/server.ts",
  "src/workers/main.ts",
  "src/db/migrate.ts",
  "sandbox/main.ts",
  "scripts/start.ts",
  "test/anything.test.ts",
];

/** What each rule must notice: a file, and what stands in it. */
const offences: [rule: string, path: string, text: string][] = [
  ["noExplicitAny", "src/orders/loose.ts", "export const loose: any = 1;\n"],
  ["noExplicitAny", "test/loose.test.ts", "export const loose = 1 as any;\n"],
  ["noNonNullAssertion", "src/orders/sure.ts", "export const sure = [1][0]!;\n"],
  ["noConsole", "src/orders/loud.ts", 'console.log("placed");\n'],
  ["noProcessEnv", "src/config.ts", "export const port = process.env.PORT;\n"],
  ["noProcessEnv", "src/api/app.ts", 'export const port = process.env["PORT"];\n'],
  ["noProcessEnv", "sandbox/stripe/routes.ts", "export const port = process.env.PORT;\n"],
  ["noExcessiveLinesPerFile", "src/orders/long-file.ts", lines(201)],
  ["noExcessiveLinesPerFile", "test/long-file.test.ts", lines(201)],
  ["noExcessiveLinesPerFunction", "src/orders/long-function.ts", functionOf(71)],
  ["useFilenamingConvention", "src/orders/PlaceOrder.ts", "export {};\n"],
  ["noTsIgnore", "src/orders/blind.ts", "// @ts-ignore\nexport const blind = 1;\n"],
  ["noFocusedTests", "test/focused.test.ts", 'test.only("one", () => {});\n'],
  ["noSkippedTests", "test/skipped.test.ts", 'test.skip("none", () => {});\n'],
  ["useThrowOnlyError", "src/orders/thrown.ts", 'throw "out of stock";\n'],
  ["useNodejsImportProtocol", "src/orders/path.ts", 'import "path";\n'],
  [
    "useImportType",
    "src/orders/typed.ts",
    'import { Order } from "./order.ts";\nexport type Used = Order;\n',
  ],
  ["noUnusedVariables", "src/orders/unused.ts", "const unused = 1;\nexport {};\n"],
  ["noUndeclaredDependencies", "src/orders/undeclared.ts", 'import "lodash";\n'],
  ["noUndeclaredDependencies", "src/orders/pruned.ts", 'import "fast-check";\n'],
];

/** What stands just inside the rules. */
const lawful: Record<string, string> = {
  "src/orders/full-file.ts": lines(200),
  "src/orders/full-function.ts": functionOf(70),
  "src/orders/place-order.ts": "export const first: number | undefined = [1][0];\n",
  "test/orders/place-order.test.ts": 'import "fast-check";\nexport const sure = [1][0]!;\n',
  "test/orders/long.test.ts": functionOf(100),
  "scripts/loud.ts": 'console.log("ready");\n',
};

describe("the linter", () => {
  let found: Complaint[];
  beforeAll(() => {
    found = lint(Object.fromEntries(offences.map(([, path, text]) => [path, text])));
  });

  test.each(offences)("knows %s in %s", (rule, path) => {
    expect(rulesBrokenIn(path, found)).toContain(rule);
  });

  test("lets process.env be read in entry files alone", () => {
    const reading = "export const port = process.env.PORT;\n";
    expect(lint(Object.fromEntries(entryFiles.map((path) => [path, reading])))).toEqual([]);
  });

  test("has nothing against what keeps the rules", () => {
    expect(lint(lawful)).toEqual([]);
  });
});

function rulesBrokenIn(path: string, found: Complaint[]): string[] {
  return found.filter((complaint) => complaint.path === path).map(({ rule }) => rule);
}

function lines(count: number): string {
  return Array.from(
    { length: count },
    (_, index) => `export const line${index} = ${index};\n`,
  ).join("");
}

function functionOf(lineCount: number): string {
  return `export function long() {\n${"  globalThis.name;\n".repeat(lineCount - 2)}}\n`;
}
