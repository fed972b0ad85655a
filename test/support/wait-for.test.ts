import { expect, test } from "vitest";
import { waitFor } from "./wait-for.ts";

test("answers what the probe found", async () => {
  let asked = 0;
  expect(await waitFor("the third answer", () => (++asked === 3 ? "there" : null))).toBe("there");
});

test("says what it waited for and how the last try failed", async () => {
  const never = waitFor("the ship", () => Promise.reject(new Error("fog")), { timeoutMs: 20 });
  await expect(never).rejects.toThrow("Waited 20 ms for the ship; the last try failed: fog");
});
