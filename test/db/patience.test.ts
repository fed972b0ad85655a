import { describe, expect, test } from "vitest";
import { patiently } from "../../src/db/patience.ts";
import { Collision } from "../../src/db/transaction.ts";

function failing(times: number, error: Error) {
  let tries = 0;
  const work = async () => {
    tries++;
    if (tries <= times) throw error;
    return tries;
  };
  return { work, tries: () => tries };
}
const collision = new Collision("database_collision", "Two transactions collided.");

describe("patience", () => {
  test("does what collided again, five times at most", async () => {
    expect(await patiently(failing(5, collision).work)).toBe(6);
    const hopeless = failing(100, collision);
    await expect(patiently(hopeless.work)).rejects.toBe(collision);
    expect(hopeless.tries()).toBe(6);
  });

  test("is for collisions alone, unless the caller knows better", async () => {
    const other = failing(1, new Error("away"));
    await expect(patiently(other.work)).rejects.toThrow("away");
    expect(other.tries()).toBe(1);
    expect(await patiently(failing(1, new Error("away")).work, () => true)).toBe(2);
  });
});
