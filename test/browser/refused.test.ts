import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  answerAs,
  elsewhere,
  flip,
  mark,
  mend,
  openProblem,
  placeOrder,
  sendAgain,
  untilDiagnosed,
  untilItIs,
  untilNoProblem,
} from "./support/clicks.ts";
import { inspect } from "./support/inspect.ts";
import { chromium, useTheatre } from "./support/use-theatre.ts";

describe.runIf(chromium)("what came, was refused, or goes another way", () => {
  const theatre = useTheatre();
  let page: Page;
  beforeAll(async () => {
    page = await theatre.sit("operator");
  });

  test("a confirmation that came while no worker works is applied by Check in Stripe", async () => {
    const id = await placeOrder(page, "Does not pay");
    await untilDiagnosed(page, "waiting_for_customer");
    await elsewhere(page, (tab) => flip(tab, "Freeze the worker", "Freeze it"));
    await elsewhere(page, (tab) => answerAs(tab, id, "Pay"));
    await page.reload();
    await untilDiagnosed(page, "paid_webhook_failed");
    await mend(page, "Check in Stripe", "The customer says that they paid");
    await untilItIs(page, "paid");
    await elsewhere(page, (tab) => flip(tab, "Freeze the worker", "Wake it"));
    await untilDiagnosed(page, "nothing_wrong");
    expect(await theatre.chargesOf(page)).toBe(1);
  });

  test("a confirmation that came and failed is worked as soon as Stripe can be asked", async () => {
    await flip(page, "Stripe shows no payment", "Break it");
    await placeOrder(page, "Pays by card at once");
    await untilDiagnosed(page, "paid_webhook_failed");
    await inspect(page, "order-webhook-failed");
    await elsewhere(page, (tab) => flip(tab, "Stripe shows no payment", "Mend it"));
    const isMarked = await mark(page);
    await untilItIs(page, "paid");
    await untilDiagnosed(page, "nothing_wrong");
    expect(await isMarked()).toBe(true);
  });

  test("an SMS that was refused for good is a problem until somebody has looked", async () => {
    await flip(page, "Next SMS refused for good", "Strike the next one");
    const id = await placeOrder(page, "Pays by card at once");
    await untilDiagnosed(page, "sms_failed");
    await openProblem(page, id);
    await page.locator("#diagnosis", { hasText: "They were told by mail." }).waitFor();
    await mend(page, "Mark as dealt with", "The mail says the same");
    await untilDiagnosed(page, "nothing_wrong");
    await untilNoProblem(page);
  });

  test("an SMS that was refused for good goes by e-mail instead", async () => {
    await flip(page, "Next SMS refused for good", "Strike the next one");
    const id = await placeOrder(page, "Pays by card at once");
    await untilDiagnosed(page, "sms_failed");
    await openProblem(page, id);
    await sendAgain(page, "SMS: Order paid");
    await page.getByLabel("Channel").selectOption("email");
    await page.getByRole("button", { name: "Show what it would do" }).click();
    await page.getByLabel("Reason").fill("Their telephone takes no texts");
    await page.getByRole("button", { name: "Send again", exact: true }).click();
    await untilDiagnosed(page, "nothing_wrong");
    expect(
      await page.locator(".messages li").filter({ hasText: "E-mail: Order paid" }).count(),
    ).toBe(2);
    await untilNoProblem(page);
  });

  test("a payment that Stripe refuses to open is tried again, and paid by a link", async () => {
    await flip(page, "Next payment refused for good", "Strike the next one");
    const id = await placeOrder(page, "Does not pay");
    await untilDiagnosed(page, "payment_refused");
    await openProblem(page, id);
    await mend(page, "Retry payment", "Stripe has mended it");
    await untilDiagnosed(page, "waiting_for_customer");
    await elsewhere(page, (tab) => answerAs(tab, id, "Pay"));
    await untilItIs(page, "paid");
    await untilDiagnosed(page, "nothing_wrong");
    await untilNoProblem(page);
  });

  test("a bank debit is on its way, and the order is paid when it arrives", async () => {
    const id = await placeOrder(page, "Pays by bank debit");
    await untilDiagnosed(page, "payment_processing");
    await elsewhere(page, (tab) => answerAs(tab, id, "The money arrives"));
    await untilItIs(page, "paid");
    await untilDiagnosed(page, "nothing_wrong");
  });

  test("an order of what is sold out is turned down, and is nobody's problem", async () => {
    await placeOrder(page, "Wants what is sold out");
    await untilDiagnosed(page, "out_of_stock");
    await untilNoProblem(page);
  });
});
