import { expect, test } from "vitest";
import { blocks, compareInTurn } from "../../../scripts/bench/load/share-of-j.ts";

test("a rate stands against the looks at J around it, and all rates against all of J", async () => {
  const order: string[] = [];
  const rates = Array.from({ length: blocks }, (_, nr) => 100 * (nr + 1));
  const jobs = Array.from({ length: blocks + 1 }, (_, nr) => 1_000 * (nr + 1));
  const take = (what: string, numbers: number[]) => async () => {
    order.push(what);
    return numbers.shift() ?? Number.NaN;
  };
  const said: string[] = [];
  const { each, together } = await compareInTurn({
    rate: take("rate", rates),
    jobs: take("J", jobs),
    say: (line) => said.push(line),
  });

  expect(order).toEqual(["J", ...Array.from({ length: blocks }, () => ["rate", "J"]).flat()]);
  expect(each.length).toBe(blocks);
  expect(each.slice(0, 2)).toEqual([
    { inTurnPerSecond: 100, emptyJobsPerSecond: 1_500, jobsShare: 100 / 1_500 },
    { inTurnPerSecond: 200, emptyJobsPerSecond: 2_500, jobsShare: 200 / 2_500 },
  ]);
  // The mean of the shares would be another number.
  expect(together.jobsShare).toBeCloseTo(500 / 5_500, 10);
  expect(said[0]).toBe(`Block 1 of ${blocks}: 100 orders/s, 0.067 of a J of 1500`);
});
