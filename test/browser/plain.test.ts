import { describe, expect, test } from "vitest";
import {
  answerAs,
  begin,
  confirm,
  elsewhere,
  flip,
  placeOrder,
  untilDiagnosed,
  untilItIs,
} from "./support/clicks.ts";
import { chromium, useTheatre } from "./support/use-theatre.ts";

/** Turns to a tab or away from it: a browser without a screen takes all for seen. */
const look = (isSeen: boolean) => `
  Object.defineProperty(document, "hidden", { value: ${!isSeen}, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));`;

describe.runIf(chromium)("the operators' pages", () => {
  const theatre = useTheatre();

  test("work without JavaScript: an order is placed, found and cancelled", async () => {
    const page = await theatre.sit("operator", { javaScriptEnabled: false });
    await placeOrder(page, "Does not pay");
    const number = await page.locator(".number").innerText();
    await page.getByRole("searchbox").fill(number);
    await page.getByRole("searchbox").press("Enter");
    await page.getByRole("heading", { level: 1 }).filter({ hasText: number }).waitFor();
    await begin(page, "Cancel the order");
    await confirm(page, "Cancel the order", "The customer has called");
    await expect
      .poll(() => page.reload().then(() => page.locator("h1").innerText()))
      .toMatch(/cancelled/);
  });

  test("keep no connection while nobody looks: six tabs do not shut out a seventh", async () => {
    const page = await theatre.sit("operator");
    await placeOrder(page, "Does not pay");
    await untilDiagnosed(page, "waiting_for_customer");
    const tabs = [page];
    while (tabs.length < 7) {
      await tabs.at(-1)?.evaluate(look(false));
      const tab = await page.context().newPage();
      await tab.goto(page.url());
      tabs.push(tab);
    }
    const id = page.url().split("/").at(-1) ?? "";
    await elsewhere(page, (tab) => answerAs(tab, id, "Pay"));
    await untilItIs(tabs.at(-1) ?? page, "paid");
    expect(await page.locator("h1").innerText()).toContain("awaiting payment");
    await page.evaluate(look(true));
    await untilItIs(page, "paid");
  });

  test("work with the keyboard alone: sign in, search, walk the list, act", async () => {
    const page = await theatre.sit("operator");
    await flip(page, "Next mail refused for good", "Strike the next one");
    await placeOrder(page, "Pays by card at once");
    await untilItIs(page, "paid");
    const number = await page.locator(".number").innerText();
    await page.goto("/ops");
    await page.keyboard.press("/");
    await page.keyboard.type(number);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1 }).filter({ hasText: number }).waitFor();
    await page.goto("/ops");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1 }).filter({ hasText: number }).waitFor();
    await page.locator(".offers a.primary").focus();
    await page.keyboard.press("Enter");
    await page.getByLabel("Reason").focus();
    await page.keyboard.type("Sent again by keyboard");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/ops\/orders\/[0-9a-f-]+(\?|$)/);
  });
});
