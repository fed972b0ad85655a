import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gate, startGate } from "../support/gate.ts";
import { testRedisUrl } from "../support/redis.ts";
import { waitFor } from "../support/wait-for.ts";
import { elsewhere, mark, placeOrder, untilDiagnosed, untilItIs } from "./support/clicks.ts";
import { inspect, picture } from "./support/inspect.ts";
import { chromium, Theatre } from "./support/use-theatre.ts";

const notice = "Redis does not answer.";

describe.runIf(chromium)("while Redis is gone", () => {
  const theatre = new Theatre();
  let gate: Gate;
  let page: Page;
  beforeAll(async () => {
    gate = await startGate(testRedisUrl());
    await theatre.open({}, gate.url);
    page = await theatre.sit("operator");
  });
  afterAll(async () => {
    gate?.open();
    await theatre.close();
    await gate?.end();
  });

  test("every page says so, orders are taken all the same, and go on when it is back", async () => {
    gate.close();
    // What the processes know of Redis is a moment old.
    await waitFor("the notice", async () => {
      await page.goto("/ops/queues-now");
      return (await page.locator("#notices").innerText()).includes(notice);
    });
    await page.locator("#main").getByText("Orders are accepted all the same").waitFor();
    await inspect(page, "queues-redis-gone");
    await placeOrder(page, "Pays by card at once");
    await untilDiagnosed(page, "stock_not_reserved");
    await page.reload();
    await page.getByText(notice).waitFor();
    await picture(page, "redis-gone");
    await inspect(page, "order-redis-gone");

    const isMarked = await mark(page);
    gate.open();
    await untilItIs(page, "paid");
    await untilDiagnosed(page, "nothing_wrong");
    expect(await isMarked()).toBe(true);
    await elsewhere(page, async (tab) => {
      await tab.goto("/ops/queues-now");
      await tab.getByText("Holds the stock of new orders.").waitFor();
      expect(await tab.getByText(notice).count()).toBe(0);
    });
  });
});
