import { describe, expect, test } from "vitest";
import { diagnosisView } from "../../../src/ops/pages/order/diagnosis-view.ts";
import { problemsNow } from "../../../src/ops/pages/problems/problems-now.ts";
import { type Inbox, problemsPage } from "../../../src/ops/pages/problems/problems-page.ts";
import { useQueues } from "../../workers/queue-desk.ts";
import { textOf } from "./browsing.ts";
import { diagnosis } from "./example-order.ts";

const now = new Date();
const row = {
  ...{ orderId: "1", number: "4Q7K-9M2X-P0TZ", sentence: "It is late.", also: ["A mail failed"] },
  ...{ since: now, atStakeMinor: 500, currency: "gbp", recommended: null },
};
const group = {
  ...{ code: "job_failed" as const, title: "A job failed", help: "Read its reason.", count: 500 },
  ...{ oldest: now, atStake: [{ currency: "gbp", amountMinor: 500 }], rows: [row] },
};
const inbox: Inbox = {
  ...{ now, groups: [group], choices: [group], system: [], mendedToday: 0, mayAct: true },
  ...{ filter: { code: null, olderThanMinutes: null }, isPartial: false },
};
const shown = (changes: Partial<Inbox> = {}) =>
  textOf(problemsPage({ ...inbox, ...changes }).toString());

describe("the inbox", () => {
  test("calls counts and sums the least that there are where it did not look at all", () => {
    expect(shown()).toContain("500 orders need a hand.");
    expect(shown()).not.toContain("500+");
    const part = shown({ isPartial: true });
    expect(part).toContain("At least 500 orders need a hand.");
    expect(part).toContain("500+");
    expect(part).toContain("at least £5.00");
  });

  test("names in each row what else is the matter", () => {
    expect(shown()).toContain("And: A mail failed.");
    expect(shown({ groups: [{ ...group, rows: [{ ...row, also: [] }] }] })).not.toContain("And:");
  });
});

test("an order's page shows every problem, each with its sentence", () => {
  const about = { orderId: "1", number: "4Q7K-9M2X-P0TZ", currency: "gbp", now };
  const also = [{ code: "mail_failed" as const, sentence: "Order 4Q7K-9M2X-P0TZ: a mail failed." }];
  const offers = { recommended: null, others: [] };
  const text = textOf(diagnosisView({ ...diagnosis, also }, offers, about).toString());
  expect(text).toMatch(/Also\s+A mail failed\.\s+mail_failed/);
});

describe("what is read of the problems", () => {
  const desk = useQueues();

  test("for a page is what the head and the watch say, and is read once", async () => {
    const { fresh, recent } = problemsNow(desk);
    const page = await fresh();
    expect(await recent()).toBe(page);
    const next = await fresh();
    expect(next).not.toBe(page);
    expect(await recent()).toBe(next);
  });
});
