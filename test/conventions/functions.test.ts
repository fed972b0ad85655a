import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ReadProject, readProject } from "./compiler.ts";
import { controlProject, lint } from "./control-project.ts";
import { longFunctions } from "./function-sizes.ts";
import { forgottenPromises } from "./promises.ts";
import { repository, root } from "./repository.ts";

const library = `import type { Kysely } from "kysely";
export async function save(): Promise<void> {}
export async function inferred() { return 1; }
export class Door { async open(): Promise<void> {} }
export type Gateway = { cancel(id: string): Promise<void> };
export type Db = Kysely<{ orders: { id: string } }>;
`;

/** Ways to forget a promise of our own: Biome says so while one types. */
const ourOwn = [
  "save();",
  "inferred();",
  "new Door().open();",
  'gateway.cancel("1");',
  "Promise.all([save(), save()]);",
  "save().then(() => 1);",
  "save().finally(() => 1);",
  "[1, 2].map(() => save());",
  "(async () => { await save(); })();",
];

/** Ways to forget one of a package: only the compiler knows that these are promises. */
const ofPackages = [
  'readFile("x");',
  'pool.query("SELECT 1");',
  'queue.add("hint", {});',
  'stripe.paymentIntents.retrieve("pi_1");',
  'db.selectFrom("orders").selectAll().execute();',
  "ready && save();",
  "process.on('SIGTERM', async () => save());",
  "[1].forEach(async () => save());",
];

const lawful = [
  "await save();",
  "void save();",
  "save().catch(() => 1);",
  "const started = save(); await started;",
  "let later: Promise<void> | undefined; later ??= save(); await later;",
  "await Promise.all([1, 2].map(() => save()));",
  'await db.selectFrom("orders").selectAll().execute();',
  'emitter.on("end", () => void save());',
];

describe("the repository, as the compiler reads it", () => {
  let project: ReadProject;
  beforeAll(() => {
    project = readProject(root);
  });
  afterAll(() => project[Symbol.dispose]());

  test("is all there", () => {
    const written = repository.map(({ path }) => path).filter((path) => path.endsWith(".ts"));
    expect(project.files.map(({ path }) => path).sort()).toEqual(written.sort());
  });

  test("has no promise that nobody waits for", () => {
    expect(forgottenPromises(project)).toEqual([]);
  });

  test("has no function that is too long for one look", () => {
    expect(longFunctions(project)).toEqual([]);
  });
});

describe("a promise that nobody waits for", () => {
  test("is noticed by the compiler, whoever's it is", () => {
    using control = controlProject({
      "src/orders/library.ts": library,
      "src/orders/forgotten.ts": program([...ourOwn, ...ofPackages]),
    });
    using project = readProject(control.folder);
    const lines = forgottenPromises(project).map((place) => Number(/:(\d+) /.exec(place)?.[1]));

    const firstLine = program([""]).split("\n").length - 2;
    const everyLine = [...ourOwn, ...ofPackages].map((_, index) => firstLine + index);
    expect([...new Set(lines)].sort((a, b) => a - b)).toEqual(everyLine);
  });

  test("is noticed by Biome when it is of our own making", () => {
    const found = lint({
      "src/orders/library.ts": library,
      ...Object.fromEntries(
        ourOwn.map((code, index) => [`src/orders/forgotten-${index}.ts`, program([code])]),
      ),
    });
    const noticed = found.filter(({ rule }) => rule === "noFloatingPromises");
    expect(noticed.map(({ path }) => path).sort()).toEqual(
      ourOwn.map((_, index) => `src/orders/forgotten-${index}.ts`),
    );
  });

  test("is not seen where there is none", () => {
    const files = { "src/orders/library.ts": library, "src/orders/lawful.ts": program(lawful) };
    using control = controlProject(files);
    using project = readProject(control.folder);
    expect(forgottenPromises(project)).toEqual([]);
    expect(lint(files).filter(({ rule }) => /Promises/.test(rule))).toEqual([]);
  });
});

describe("a function that is too long", () => {
  test("is noticed whatever its form, and however deep it stands", () => {
    const body = (lines: number) => "  globalThis.name;\n".repeat(lines - 2);
    using control = controlProject({
      "src/declared.ts": `export function declared() {\n${body(71)}}\n`,
      "src/arrow.ts": `export const arrow = () => {\n${body(71)}};\n`,
      "src/method.ts": `export const object = {\n  method() {\n${body(71)}  },\n};\n`,
      "src/class.ts": `export class Some {\n  method() {\n${body(71)}  }\n}\n`,
      "src/wide.ts": `export function wide(\n  a: string,\n) {\n  a;\n${body(69)}}\n`,
      "src/full.ts": `export function full() {\n${body(70)}}\n`,
      "test/inner.test.ts": `describe("a", () => {\n  test("b", () => {\n${body(71)}  });\n});\n`,
      "test/full.test.ts": `describe("a", () => {\n  test("b", () => {\n${body(70)}  });\n});\n`,
    });
    using project = readProject(control.folder);
    expect(longFunctions(project).sort()).toEqual([
      "src/arrow.ts:1",
      "src/class.ts:2",
      "src/declared.ts:1",
      "src/method.ts:2",
      "src/wide.ts:1",
      "test/inner.test.ts:2",
    ]);
  });
});

function program(statements: string[]): string {
  return `import { EventEmitter } from "node:events";
import { readFile } from "node:fs/promises";
import type { Queue } from "bullmq";
import type { Pool } from "pg";
import type Stripe from "stripe";
import { type Db, Door, type Gateway, inferred, save } from "./library.ts";
const emitter = new EventEmitter();
declare const db: Db;
declare const gateway: Gateway;
declare const pool: Pool;
declare const queue: Queue;
declare const stripe: Stripe;
declare const ready: boolean;
${statements.join("\n")}
export { db, Door, emitter, gateway, inferred, pool, queue, readFile, ready, save, stripe };
`;
}
