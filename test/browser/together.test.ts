import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { begin, confirm, flip, placeOrder, untilDiagnosed, untilItIs } from "./support/clicks.ts";
import { inspect } from "./support/inspect.ts";
import { chromium, useTheatre } from "./support/use-theatre.ts";

describe.runIf(chromium)("people at the same pages", () => {
  const theatre = useTheatre();
  let page: Page;
  beforeAll(async () => {
    page = await theatre.sit("operator");
  });

  test("two who press at the same order: one wins, the other sees how it stands now", async () => {
    const id = await placeOrder(page, "Does not pay");
    await untilDiagnosed(page, "waiting_for_customer");
    const other = await theatre.sit("admin");
    await other.goto(`/ops/orders/${id}`);
    await begin(page, "Cancel the order");
    // What becomes of the money is chosen, and not typed.
    await page.getByRole("combobox", { name: "Money" }).waitFor();
    await begin(other, "Cancel the order");
    await confirm(page, "Cancel the order", "The customer has called");
    await untilItIs(page, "cancelled");
    await confirm(other, "Cancel the order", "The customer has written");
    await other.getByText("The order has changed since you looked at it").waitFor();
    await other.getByText("How it stands now").waitFor();
    await inspect(other, "act-conflict");
  });

  test("a viewer sees the order, no person, and no button", async () => {
    const id = await placeOrder(page, "Pays by card at once");
    await untilItIs(page, "paid");
    await page.getByText("ada@example.com").waitFor();
    const viewer = await theatre.sit("viewer");
    await viewer.goto(`/ops/orders/${id}`);
    await untilItIs(viewer, "paid");
    const shown = await viewer.locator("main").innerText();
    expect(shown).not.toMatch(/ada@example\.com|Ada Lovelace|447700900123/);
    const acts = viewer.locator('a[href*="/acts/"], main form[method="post"]');
    expect(await acts.count()).toBe(0);
    await inspect(viewer, "order-viewer");
    await viewer.goto(`/ops/orders/${id}/acts/cancel`);
    expect(await viewer.getByRole("button", { name: "Cancel the order" }).count()).toBe(0);
  });

  test("a whole group is mended at once, after a look at what would happen", async () => {
    const ids: string[] = [];
    for (let nth = 0; nth < 3; nth++) {
      await flip(page, "Next mail refused for good", "Strike the next one");
      ids.push(await placeOrder(page, "Pays by card at once"));
      await untilDiagnosed(page, "mail_failed");
    }
    await page.goto("/ops");
    await page.getByRole("button", { name: /for several/ }).click();
    await page.getByText("3 of 3 orders can be helped like this.").waitFor();
    await inspect(page, "bulk-dry-run");
    await confirm(page, "Do it for 3 orders", "SendGrid had a bad hour");
    await page.getByText("Done for 3 of 3 orders.").waitFor();
    await inspect(page, "bulk-result");
    for (const id of ids) {
      await page.goto(`/ops/orders/${id}`);
      await untilDiagnosed(page, "nothing_wrong");
    }
  });
});
