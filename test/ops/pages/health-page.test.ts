import { expect, test } from "vitest";
import { healthPage } from "../../../src/ops/pages/health/health-page.ts";
import type { Health, InvariantRow } from "../../../src/ops/pages/health/read-health.ts";
import { textOf } from "./browsing.ts";

const now = new Date();
const fine = {
  name: "a_fine_one",
  examined: 10,
  broken: 0,
  rows: [],
  checkedAt: now,
  isOld: false,
};
const health: Health = {
  ...{ now, lag: { overdueSeconds: 0, stopped: false } as Health["lag"], overdue: null },
  ...{ processes: [], cursors: [], installation: null, isRedisReady: true, stripeAway: null },
  invariants: [],
};

function pageOf(...changes: Partial<InvariantRow>[]): string {
  const invariants = changes.map((each) => ({ ...fine, promise: "It is so.", ...each }));
  return healthPage({ ...health, invariants }).toString();
}

function shown(...changes: Partial<InvariantRow>[]): string {
  return textOf(pageOf(...changes)).replaceAll(/\s+/g, " ");
}

test("a promise that was not checked for long, or never, is not called well", () => {
  expect(shown({})).toContain("All is well");
  const twoHoursAgo = new Date(now.getTime() - 2 * 3_600_000);
  const text = shown(
    { isOld: true, checkedAt: twoHoursAgo },
    { isOld: true, checkedAt: new Date(0) },
  );
  expect(text).toContain("2 promises that are not checked");
  expect(text).toContain("not checked 2 h ago");
  expect(text).toContain("not checked never");
});

test("what holds is folded, and what does not stands open above it", () => {
  const broken = { promise: "Nothing is oversold.", broken: 1, rows: [{ sku: "MUG" }] };
  const page = pageOf({}, broken, { promise: "It is old.", isOld: true });
  const [open = "", folded = ""] = page.split('<details class="panel" id="sound">');
  for (const promise of ["Nothing is oversold.", "It is old."]) expect(open).toContain(promise);
  expect(open).not.toContain("It is so.");
  expect(folded).toContain("It is so.");
  expect(folded).not.toMatch(/oversold|old\./);
  expect(textOf(folded)).toContain("1 promise holds");
  expect(pageOf({})).not.toContain("and may not be");
});
