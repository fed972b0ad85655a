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

function shown(...changes: Partial<InvariantRow>[]): string {
  const invariants = changes.map((each) => ({ ...fine, promise: "It is so.", ...each }));
  const text = textOf(healthPage({ ...health, invariants }).toString());
  return text.replaceAll(/\s+/g, " ");
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
