import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
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
import { inspect, picture } from "./support/inspect.ts";
import { chromium, useTheatre } from "./support/use-theatre.ts";

describe.runIf(chromium)("an order that a person mends", () => {
  const theatre = useTheatre();
  let page: Page;
  beforeAll(async () => {
    page = await theatre.sit("operator");
  });

  const isProblem = async (id: string) => {
    await page.goto("/ops");
    return (await page.locator(`a[href="/ops/orders/${id}"]`).count()) > 0;
  };

  test("that is paid at Stripe and not here is paid by Check in Stripe", async () => {
    await flip(page, "All webhooks lost", "Break it");
    await flip(page, "Stripe's list of events is down", "Break it");
    const id = await placeOrder(page, "Pays by card at once");
    await page.reload();
    await untilDiagnosed(page, "paid_webhook_missing");
    await picture(page, "paid-at-stripe");
    await inspect(page, "order-paid-at-stripe");
    await begin(page, "Check in Stripe");
    await inspect(page, "act-check");
    await confirm(page, "Check in Stripe", "The customer says that they paid");
    await untilItIs(page, "paid");
    expect(await isProblem(id)).toBe(false);
  });

  test("that was paid with another amount is given its money back, and ended", async () => {
    const id = await placeOrder(page, "Pays a wrong amount");
    await untilDiagnosed(page, "amount_mismatch");
    expect(await isProblem(id)).toBe(true);
    await inspect(page, "problems-amount");
    await page.goto(`/ops/orders/${id}`);
    await begin(page, "Release the hold");
    await inspect(page, "act-release");
    await confirm(page, "Release the hold", "The customer orders anew");
    await untilItIs(page, "expired");
    await page.locator("#main").getByText("Refunded", { exact: true }).waitFor();
    await begin(page, "Mark as dealt with");
    await confirm(page, "Mark as dealt with", "The customer knows");
    await untilDiagnosed(page, "expired");
    expect(await isProblem(id)).toBe(false);
  });

  test("that nobody pays is released, and ordered again by a link to pay", async () => {
    await placeOrder(page, "Does not pay");
    await untilDiagnosed(page, "waiting_for_customer");
    await begin(page, "Release the hold");
    await confirm(page, "Release the hold", "The customer does not want it any more");
    await untilItIs(page, "expired");
    await begin(page, "Order again");
    await confirm(page, "Order again", "The customer has changed their mind");
    await page.locator("#notices").getByRole("link").click();
    await untilItIs(page, "awaiting payment");
    const link = page.locator(".messages li").filter({ hasText: "E-mail: Pay link" });
    await link.getByText("sent", { exact: true }).waitFor();
    const again = page.url().split("/").at(-1) ?? "";
    await elsewhere(page, (tab) => answerAs(tab, again, "Pay"));
    await untilItIs(page, "paid");
  });

  test("that was paid in another way is marked so, by an admin alone", async () => {
    const id = await placeOrder(page, "Does not pay");
    await untilDiagnosed(page, "waiting_for_customer");
    const setPaid = async (person: Page) => {
      await person.goto(`/ops/orders/${id}`);
      await begin(person, "Set the status");
      const choices = await person.getByLabel("New status").locator("option").allInnerTexts();
      return choices.some((choice) => /paid/.test(choice));
    };
    const admin = await theatre.sit("admin");
    expect(await setPaid(admin)).toBe(true);
    await admin.getByLabel("New status").selectOption("paid");
    await admin.getByLabel("Reference").fill("Receipt 4711");
    await admin.getByRole("button", { name: "Show what it would do" }).click();
    await inspect(admin, "act-set-status");
    await confirm(admin, "Set the status", "Paid in the shop at the station");
    await untilItIs(page, "paid");
    await untilItIs(admin, "paid");
    expect(await theatre.chargesOf(page)).toBe(0);
  });
});
