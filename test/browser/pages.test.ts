import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { elsewhere, flip, placeOrder, untilDiagnosed, untilItIs } from "./support/clicks.ts";
import { inspect, picture } from "./support/inspect.ts";
import { chromium, useTheatre } from "./support/use-theatre.ts";

/** The documents have a picture of these. */
const isShown = ["problems", "stock", "health", "switchboard"];

describe.runIf(chromium)("the operators' pages, after a day with troubles", () => {
  const theatre = useTheatre();
  let page: Page;
  let paid: string;

  /** Orders of each kind, so that every page has something to show. */
  beforeAll(async () => {
    page = await theatre.sit("operator");
    for (const customer of ["Pays a wrong amount", "Pays, and disputes it", "Pays twice"]) {
      await placeOrder(page, customer);
    }
    await placeOrder(page, "Does not pay");
    await placeOrder(page, "Wants what is sold out");
    await flip(page, "Next mail refused for good", "Strike the next one");
    await placeOrder(page, "Pays by card at once");
    await untilDiagnosed(page, "mail_failed");
    paid = await placeOrder(page, "Pays by card at once");
    await untilItIs(page, "paid");
    await untilDiagnosed(page, "nothing_wrong");
  });

  test.each([
    ["Problems", "problems"],
    ["Stock", "stock"],
    ["Webhooks", "webhooks"],
    ["Queues", "queues"],
    ["Audit", "audit"],
    ["Health", "health"],
    ["Switchboard", "switchboard"],
  ])("%s is handsome, whole, and found from the head", async (title, name) => {
    await page
      .getByRole("navigation")
      .getByRole("link", { name: new RegExp(`^${title}`) })
      .click();
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    if (isShown.includes(name)) await picture(page, name);
    await inspect(page, name);
  });

  test("Health unfolds what holds", async () => {
    await page.goto("/ops/health");
    await page.getByText(/\d+ promises hold/).click();
    await page.getByText("Nothing is oversold, and no count is below zero.").waitFor();
    await inspect(page, "health-unfolded");
  });

  test("an order's page tells its story", async () => {
    await page.goto(`/ops/orders/${paid}`);
    await untilItIs(page, "paid");
    await picture(page, "order");
    await inspect(page, "order-paid");
    await page.locator(".messages details summary").first().click();
    const preview = page.frameLocator(".messages iframe").first();
    await preview.getByText(/paid/i).first().waitFor();
    await inspect(page, "order-preview");
  });

  test("Queues says what waits while no worker works, and for how long", async () => {
    await flip(page, "Freeze the worker", "Freeze it");
    for (let nth = 0; nth < 3; nth++) {
      await placeOrder(page, "Does not pay");
      await untilDiagnosed(page, "stock_not_reserved");
    }
    await page.getByRole("link", { name: "Queues", exact: true }).click();
    const reservation = page.locator(".panel").filter({ hasText: "Holds the stock" });
    const waiting = (jobs: string) =>
      waitFor(`${jobs} jobs to wait`, async () => {
        return (await reservation.locator("dd").first().innerText()) === jobs;
      });
    await waiting("3");
    await picture(page, "queue-grows");
    await inspect(page, "queue-grows");
    await elsewhere(page, (tab) => flip(tab, "Freeze the worker", "Wake it"));
    await waiting("0");
  });

  test("the customer's address finds the orders, and a SKU its stock", async () => {
    await page.getByRole("searchbox").fill("ada@example.com");
    await page.getByRole("searchbox").press("Enter");
    await page.getByRole("heading", { level: 1, name: "Search" }).waitFor();
    expect(await page.locator(`main a[href="/ops/orders/${paid}"]`).count()).toBe(1);
    await inspect(page, "search");
    await page.goto("/ops/stock/MUG-BLUE");
    await page.getByRole("heading", { level: 1, name: /MUG-BLUE|Mug, blue/ }).waitFor();
    await inspect(page, "stock-sku");
  });

  test("Bull Board leads from a job to its order", async () => {
    await flip(page, "Stripe is down", "Break it");
    await placeOrder(page, "Pays by card at once");
    await untilDiagnosed(page, "stripe_unreachable");
    const job = page.locator(".timeline a, main a").filter({ hasText: "Start payment" }).first();
    await job.click();
    await page.waitForURL(/\/ops\/queues/);
    await elsewhere(page, (tab) => flip(tab, "Stripe is down", "Mend it"));
  });

  test("signing in, and who may not", async () => {
    const stranger = await theatre.stranger();
    await stranger.goto("/ops/orders/1");
    await stranger.getByRole("heading", { level: 1 }).waitFor();
    await inspect(stranger, "login");
    await stranger.getByLabel("Name").fill("operator");
    await stranger.getByLabel("Password").fill("wrong and long enough");
    await stranger.getByRole("button", { name: "Sign in" }).click();
    await stranger.getByRole("alert").waitFor();
    await inspect(stranger, "login-refused");
  });
});
