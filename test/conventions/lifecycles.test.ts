import { describe, expect, test } from "vitest";
import { drawLifecycle, drawnPages, redraw } from "../../scripts/draw-lifecycle.ts";
import { messageClocks } from "../../src/notifications/lifecycle.ts";
import * as order from "../../src/orders/lifecycle.ts";
import * as money from "../../src/payments/lifecycle.ts";
import { queues } from "../../src/queues/index.ts";
import { deliveryClocks, endpointClocks } from "../../src/webhooks/lifecycle.ts";
import { textOf } from "./repository.ts";

const page = textOf("docs/order-lifecycle.md");

describe("the life of an order", () => {
  test.each(drawnPages)("is drawn in %s as it stands in the code", (name) => {
    expect(redraw(name, textOf(name))).toBe(textOf(name));
  });

  test("is drawn with every arrow of the table, and no other", () => {
    const arrows = [...drawLifecycle().matchAll(/^ {2}(\S+) --> (\w+): (\w+)$/gm)];
    const table = order.orderEvents.flatMap((event) => {
      const { from, to } = order.transition(event);
      return (from.length > 0 ? from : ["[*]"]).map((status) => [status, to, event]);
    });
    expect(arrows.map(([, from, to, event]) => [from, to, event])).toEqual(table);
  });

  test("is no longer drawn right when the page has lost an arrow", () => {
    const stale = page.replace(/^ {2}\w+ --> paid: .*\n/m, "");
    expect(stale).not.toBe(page);
    expect(redraw("docs/order-lifecycle.md", stale)).toBe(page);
    expect(() => redraw("README.md", "no drawing")).toThrow("put it back");
  });

  test("leads from the first status to every other", () => {
    const reached = new Set<string>(
      order.orderEvents.map(order.transition).flatMap(({ from, to }) => (from.length ? [] : [to])),
    );
    for (const status of reached) {
      for (const { from, to } of order.orderEvents.map(order.transition)) {
        if (from.some((start) => start === status)) reached.add(to);
      }
    }
    expect([...reached].sort()).toEqual([...order.orderStatuses].sort());
  });

  test("has a way out of every status that waits", () => {
    const left = new Set(order.orderEvents.flatMap((event) => order.transition(event).from));
    expect(order.waitingStatuses.filter((status) => !left.has(status))).toEqual([]);
  });

  test("explains each of its statuses in the docs", () => {
    const explained = [...page.matchAll(/^\| `(\w+)` \| [A-Z]/gm)].map(([, status]) => status);
    expect(order.orderStatuses.filter((status) => !explained.includes(status))).toEqual([]);
  });
});

describe("the clocks", () => {
  test("wake jobs that their queues really have", () => {
    const { paymentClocks, refundClocks, disputeClocks, eventClocks, breakClocks } = money;
    const ofMoney = [paymentClocks, refundClocks, disputeClocks, eventClocks, breakClocks];
    const ofWebhooks = [deliveryClocks, endpointClocks];
    const all = [order.clocks, messageClocks, ...ofMoney, ...ofWebhooks];
    const clocks = all.flatMap((each) => Object.values<"rests" | { wakes: string }>(each));
    const woken = clocks.flatMap((clock) => (clock === "rests" ? [] : [clock.wakes]));
    const jobs = queues.flatMap(({ name, jobs }) =>
      Object.keys(jobs).map((job) => `${name}/${job}`),
    );
    expect(woken.length).toBeGreaterThan(0);
    expect(woken.filter((job) => !jobs.includes(job))).toEqual([]);
  });
});
