import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isProblemName, problems } from "../../src/api/problems.ts";

/**
 * Refusals of commands and suppliers reach no client, and operators get theirs as `act_refused`
 * with their code.
 */
const others =
  /(shops|decide-installation|replay-events)\.ts$|src\/stripe\/(?!webhook)|orders\/operators/;

/** The refusals of the domain that do. */
const refusals = globSync("src/{api,orders,inventory,payments,stripe}/**/*.ts")
  .filter((path) => !others.test(path))
  .flatMap((path) => {
    const text = readFileSync(path, "utf8");
    return [...text.matchAll(/(?:new Refused|refuse)\(\s*"([a-z_]+)"/g)].map(([, code]) => code!);
  });

test("every refusal has a problem of its own, so that its type is stable", () => {
  expect(refusals.length).toBeGreaterThan(10);
  expect(refusals.filter((code) => !isProblemName(code))).toEqual([]);
});

test("every problem says in a sentence what to do", () => {
  for (const [name, { status, title, help }] of Object.entries(problems)) {
    expect(status, name).toBeGreaterThanOrEqual(400);
    expect(title, name).not.toMatch(/\.$/);
    expect(help, name).toMatch(/^[A-Z].*\.$/);
  }
});

test("names of Object's own are no problems", () => {
  expect(["toString", "constructor", "__proto__"].filter(isProblemName)).toEqual([]);
});
