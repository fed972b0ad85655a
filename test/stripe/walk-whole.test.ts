import { expect, test } from "vitest";
import { Unavailable } from "../../src/errors.ts";
import type { Span } from "../../src/payments/gateway.ts";
import { walkWhole } from "../../src/stripe/walk-whole.ts";

const at = (second: number) => new Date(second * 1_000);
const span = { since: at(0), until: at(1_000) };

/** A list with an object each second, newest first, of which one walk gives three pages of ten. */
async function* list({ since, until }: Span) {
  const seconds: number[] = [];
  for (let time = until.getTime() - 1_000; time >= since.getTime(); time -= 1_000) {
    seconds.push(time / 1_000);
  }
  for (let page = 0; page * 10 < seconds.length; page++) {
    if (page === 3) throw new Unavailable("too_many_objects", "More than thirty.");
    yield seconds.slice(page * 10, page * 10 + 10).map((second) => ({ createdAt: at(second) }));
  }
}

async function seen(pages: AsyncIterable<{ createdAt: Date }[]>): Promise<number[]> {
  const seconds: number[] = [];
  for await (const page of pages) {
    seconds.push(...page.map(({ createdAt }) => createdAt.getTime() / 1_000));
  }
  return seconds;
}

test("goes on where one walk had to end, and leaves nothing out", async () => {
  const seconds = await seen(walkWhole(list, span));
  expect(new Set(seconds).size).toBe(1_000);
  expect(seconds.length).toBeLessThan(1_000 + 40);
});

test("gives up where one second holds more than a walk gives", async () => {
  const crowded = async function* (_: Span) {
    yield [{ createdAt: at(999) }];
    throw new Unavailable("too_many_objects", "All of one second.");
  };
  await expect(seen(walkWhole(crowded, span))).rejects.toThrow("All of one second.");
});
