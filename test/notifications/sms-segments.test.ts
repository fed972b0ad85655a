import { expect, test } from "vitest";
import { countSegments, isGsm } from "../../src/notifications/sms-segments.ts";

test.for([
  ["a".repeat(160), 1],
  ["a".repeat(161), 2],
  ["a".repeat(306), 2],
  ["a".repeat(307), 3],
  ["€".repeat(80), 1],
  ["€".repeat(81), 2],
  ["я".repeat(70), 1],
  ["я".repeat(71), 2],
  [`${"a".repeat(70)}…`, 2],
] as const)("%s is sent as %i", ([text, segments]) => {
  expect(countSegments(text)).toBe(segments);
});

test("knows the letters that every telephone has", () => {
  expect(isGsm("Grüße, €5!")).toBe(true);
  expect(isGsm("Привет")).toBe(false);
});
