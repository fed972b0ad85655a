import { expect, test } from "vitest";
import { callerOf } from "../../../src/ops/access/origin.ts";

const saying = (text?: string) => ({ header: () => text });

test("believes what a header says of the caller only behind a router that is trusted", () => {
  expect(callerOf(saying("1.1.1.1"), "9.9.9.9", false)).toBe("9.9.9.9");
  expect(callerOf(saying("1.1.1.1"), undefined, false)).toBe("unknown");
  // The router adds its own at the end; what stands before it, the caller may have made up.
  expect(callerOf(saying("1.1.1.1, 2.2.2.2"), "9.9.9.9", true)).toBe("2.2.2.2");
  expect(callerOf(saying(), "9.9.9.9", true)).toBe("9.9.9.9");
});
