import { describe, expect, test } from "vitest";
import { lint } from "./control-project.ts";
import { filesIn, root } from "./repository.ts";

const domain = ["inventory", "payments", "notifications", "webhooks"];
const inner = ["queues", "db", "config"];

/**
 * Which folder may import which: inward only. `config` stands for config.ts, errors.ts and
 * log.ts. Biome keeps the rule (biome.json, noRestrictedImports); this table holds Biome to it.
 */
const mayImport: Record<string, string[]> = {
  api: ["ops", "invariants", "stripe", "sendgrid", "twilio", "orders", ...domain, ...inner],
  workers: ["invariants", "stripe", "sendgrid", "twilio", "orders", ...domain, ...inner],
  ops: ["invariants", "stripe", "sendgrid", "twilio", "orders", ...domain, ...inner],
  stripe: ["orders", ...domain, ...inner],
  sendgrid: ["orders", ...domain, ...inner],
  twilio: ["orders", ...domain, ...inner],
  invariants: ["orders", ...domain, ...inner],
  orders: [...domain, ...inner],
  inventory: inner,
  payments: inner,
  notifications: inner,
  webhooks: inner,
  queues: ["db", "config"],
  db: ["config"],
  config: [],
  sandbox: [],
  scripts: [
    ...[
      "api",
      "workers",
      "ops",
      "invariants",
      "stripe",
      "sendgrid",
      "twilio",
      "orders",
      ...domain,
      ...inner,
    ],
    "sandbox",
  ],
};

/** Each package that reaches outside, and the only folders that may import it. Tests may all. */
const importersOf: Record<string, string[]> = {
  stripe: ["stripe"],
  "@sendgrid/mail": ["sendgrid"],
  twilio: ["twilio"],
  hono: ["api", "ops", "sandbox"],
  "hono/html": ["api", "ops", "sandbox"],
  "@hono/zod-openapi": ["api", "ops", "sandbox"],
  "@hono/node-server": ["api", "ops", "sandbox"],
  bullmq: ["queues", "workers", "ops", "scripts"],
  ioredis: ["queues", "scripts"],
  "@bull-board/api": ["ops"],
  pg: ["db", "scripts"],
  pino: ["config"],
  standardwebhooks: ["webhooks"],
};

const folders = Object.keys(mayImport);

describe("imports", () => {
  test("point inward only, whichever folder stands against whichever", () => {
    const pairs = folders.flatMap((from) =>
      [...folders, "test"].filter((to) => to !== from).map((to) => ({ from, to })),
    );
    expect(refusedOf(pairs, ({ from, to }) => [pathIn(from, to), reach(from, to)])).toEqual(
      pairs.filter(({ from, to }) => !mayImport[from]?.includes(to)),
    );
  });

  test("of a package that reaches outside stand in its own folders only", () => {
    const pairs = Object.keys(importersOf).flatMap((to) => folders.map((from) => ({ from, to })));
    expect(refusedOf(pairs, ({ from, to }) => [pathIn(from, to), to])).toEqual(
      pairs.filter(({ from, to }) => !importersOf[to]?.includes(from)),
    );
  });

  test("are refused in every form an import can take", () => {
    const forms = [
      'import "../api/app.ts";',
      'import { app } from "../api/app.ts"; export const used = app;',
      'import type { App } from "../api/app.ts"; export type Used = App;',
      'export { app } from "../api/app.ts";',
      'export * from "../api/app.ts";',
      'export const app = await import("../api/app.ts");',
    ];
    const files = forms.map((code, index) => [`src/orders/form-${index}.ts`, code] as const);
    const found = lint(Object.fromEntries(files)).filter(isRestricted);
    expect(found.map(({ path }) => path).sort()).toEqual(files.map(([path]) => path));
  });

  test("of a deeper folder are held to the same rule", () => {
    const found = lint({
      "src/orders/deep/upward.ts": 'import "../../api/app.ts";\n',
      "src/orders/deep/inward.ts": 'import "../../db/connect.ts";\n',
      "src/orders/deep/beside.ts": 'import "../shallow.ts";\nimport "../wide/other.ts";\n',
    });
    expect(found.filter(isRestricted).map(({ path }) => path)).toEqual([
      "src/orders/deep/upward.ts",
    ]);
  });

  test("of a lifecycle are free to all, since a lifecycle imports nothing", () => {
    const found = lint({
      "src/db/schema.ts": 'import "../orders/lifecycle.ts";\nimport "../payments/lifecycle.ts";\n',
      "src/orders/lifecycle.ts": 'import "node:path";\n',
      "src/payments/lifecycle.ts": 'import "../config.ts";\n',
    });
    expect(found.filter(isRestricted).map(({ path }) => path)).toEqual([
      "src/orders/lifecycle.ts",
      "src/payments/lifecycle.ts",
    ]);
  });

  test("never go in a circle, but for types, which are gone when the code runs", () => {
    const third = 'import { first } from "./first.ts";\nexport const third = first;\n';
    const found = lint({
      "src/orders/first.ts":
        'import { second } from "./second.ts";\nexport const first = second;\n',
      "src/orders/second.ts": 'import { third } from "./third.ts";\nexport const second = third;\n',
      "src/orders/third.ts": third,
      "src/orders/beside.ts": third.replace("third", "beside"),
      "src/queues/caller.ts": 'import { a } from "./called.ts";\nexport type Called = typeof a;\n',
      "src/queues/called.ts":
        'import type { Called } from "./caller.ts";\nexport const a = 1 satisfies Called;\n',
    });
    const circular = found.filter(({ rule }) => rule === "noImportCycles").map(({ path }) => path);
    expect(circular.sort()).toEqual([
      "src/orders/first.ts",
      "src/orders/second.ts",
      "src/orders/third.ts",
    ]);
  });
});

describe("the table of directions", () => {
  test("knows every folder of src", () => {
    const real = filesIn("src/", ".ts").map(({ path }) => path.split("/").slice(1));
    const unknown = real.filter(
      ([folder], index) => real[index]!.length > 1 && !mayImport[folder!],
    );
    expect(unknown, `folders of ${root} that the table lacks`).toEqual([]);
  });
});

type Pair = { from: string; to: string };

/** The pairs of which Biome says that the first may not import the second. */
function refusedOf(pairs: Pair[], write: (pair: Pair) => [path: string, source: string]): Pair[] {
  const written = pairs.map((pair) => ({ pair, file: write(pair) }));
  const files = written.map(({ file: [path, source] }) => [path, `import "${source}";\n`]);
  const found = lint(Object.fromEntries(files)).filter(isRestricted);
  const refused = new Set(found.map(({ path }) => path));
  return written.filter(({ file: [path] }) => refused.has(path)).map(({ pair }) => pair);
}

function isRestricted({ rule }: { rule: string }): boolean {
  return rule === "noRestrictedImports";
}

/** A file of the importing folder; for `config` one of the three files that stand below all. */
function pathIn(from: string, to: string): string {
  const name = `imports-${to.replaceAll(/\W/g, "-")}.ts`;
  if (from === "config") return `src/${name}`;
  return `${from === "sandbox" || from === "scripts" ? "" : "src/"}${from}/${name}`;
}

function reach(from: string, to: string): string {
  const outside = ["sandbox", "scripts", "test"];
  const target =
    to === "config" ? "src/config.ts" : `${outside.includes(to) ? "" : "src/"}${to}/main.ts`;
  const depth = from === "config" || outside.includes(from) ? 1 : 2;
  const path = `${"../".repeat(depth)}${target}`;
  // From within src/ one writes "../db/x.ts", not "../../src/db/x.ts".
  const within =
    from === "config" ? path.replace("../src/", "./") : path.replace("../../src/", "../");
  return within;
}
