import type { Locator, Page } from "playwright-core";
import type { DiagnosisCode } from "../../../src/ops/diagnosis/codes.ts";

/** Causes a fault on the Switchboard, or takes it back, as its button says. */
export async function flip(page: Page, fault: string, button: string): Promise<void> {
  await openSwitchboard(page);
  const title = page.getByRole("heading", { name: fault, exact: true });
  const row = page.getByRole("listitem").filter({ has: title });
  await submit(page, row.getByRole("button", { name: button, exact: true }));
}

async function openSwitchboard(page: Page): Promise<void> {
  if (new URL(page.url()).pathname !== "/ops/switchboard") await page.goto("/ops/switchboard");
}

/** Places an order on the Switchboard, which leads to its page; answers its id. */
export async function placeOrder(page: Page, customer: string): Promise<string> {
  await openSwitchboard(page);
  await page.getByRole("radio", { name: new RegExp(`^${customer}`) }).check();
  await page.getByRole("button", { name: "Place it and watch" }).click();
  await page.waitForURL(/\/ops\/orders\/[0-9a-f-]+$/);
  return page.url().split("/").at(-1) ?? "";
}

/** What an order's customer, or their bank, does next. */
export async function answerAs(page: Page, orderId: string, answer: string): Promise<void> {
  await openSwitchboard(page);
  const row = page.locator(`#orders-${orderId}`);
  await submit(page, row.getByRole("button", { name: answer, exact: true }));
}

/** Waits, without loading the page again, until the head of an order's page says so. */
export async function untilItIs(page: Page, status: string): Promise<void> {
  await page.getByRole("heading", { level: 1 }).getByText(status, { exact: true }).waitFor();
}

/** Waits until that is the matter, by the code that stands beside the diagnosis. */
export async function untilDiagnosed(
  page: Page,
  code: DiagnosisCode,
  wish: { timeout?: number } = {},
): Promise<void> {
  await page.locator(".diagnosis .meta").getByText(code, { exact: true }).waitFor(wish);
}

/** Has an order's page ask Stripe anew: for a moment it goes by what Stripe said before. */
export async function askAgain(page: Page): Promise<void> {
  await submit(page, page.getByRole("link", { name: "Ask again" }));
}

/** Does something in a tab of its own, and closes that. */
export async function elsewhere(page: Page, act: (tab: Page) => Promise<unknown>): Promise<void> {
  const tab = await page.context().newPage();
  await act(tab);
  await tab.close();
}

/** Marks a page, so that it is seen whether it was loaded again since. */
export async function mark(page: Page): Promise<() => Promise<boolean>> {
  await page.evaluate("window.isMarked = true");
  return async () => (await page.evaluate("window.isMarked")) === true;
}

/** Begins an act from the order's page: the one button, or one of those behind "More". */
export async function begin(page: Page, title: string): Promise<void> {
  const offers = page.locator(".offers");
  const button = offers.locator("a.primary").getByText(title, { exact: true });
  if ((await button.count()) === 0) await offers.getByText("More", { exact: true }).click();
  await offers.getByRole("link", { name: title, exact: true }).click();
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
}

/** Sends a message again by its own button: nothing recommends it where the customer was told. */
export async function sendAgain(page: Page, message: string): Promise<void> {
  const sent = page.locator(".messages li").filter({ hasText: message }).first();
  await sent.getByRole("link", { name: /^Send again/ }).click();
  await page.getByRole("heading", { level: 1, name: "Send again" }).waitFor();
}

/** Takes the one button that is recommended, reads what it would do, gives a reason, does it. */
export async function mend(page: Page, title: string, reason: string): Promise<void> {
  await page.locator(".offers a.primary").getByText(title, { exact: true }).click();
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
  await page.locator("#main .evidence li").first().waitFor();
  await confirm(page, title, reason);
}

/** Gives money back, as somebody who was asked for it does: nothing recommends it. */
export async function refund(page: Page, why: string): Promise<void> {
  await begin(page, "Refund");
  await page.getByLabel("Why").selectOption(why);
  await page.getByRole("button", { name: "Show what it would do" }).click();
  await confirm(page, "Refund", "The customer has written");
}

/** Finds the order among the problems, and goes to its page from there. */
export async function openProblem(page: Page, orderId: string): Promise<void> {
  await page.goto("/ops");
  await page.locator(`td a[href="/ops/orders/${orderId}"]`).click();
  await page.waitForURL(`**/ops/orders/${orderId}`);
}

/** The inbox is empty: nothing that was caused is left for a person. */
export async function untilNoProblem(page: Page): Promise<void> {
  await page.goto("/ops");
  await page.getByText("No order needs a hand.").waitFor();
}

/** Gives the reason and does it; `button` is the act's own. */
export async function confirm(page: Page, button: string, reason: string): Promise<void> {
  await page.getByLabel("Reason").fill(reason);
  await submit(page, page.getByRole("button", { name: button, exact: true }));
}

/** Clicks what leads to a new page, and waits until it is there. */
async function submit(page: Page, button: Locator): Promise<void> {
  await Promise.all([page.waitForEvent("load"), button.click()]);
}
