import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  answerAs,
  askAgain,
  elsewhere,
  flip,
  mend,
  openProblem,
  placeOrder,
  untilDiagnosed,
  untilItIs,
  untilNoProblem,
} from "./support/clicks.ts";
import { inspect } from "./support/inspect.ts";
import { chromium, useTheatre } from "./support/use-theatre.ts";

describe.runIf(chromium)("what somebody does at Stripe, past Aurora", () => {
  const theatre = useTheatre();
  let page: Page;
  beforeAll(async () => {
    page = await theatre.sit("operator");
  });

  async function placeUnpaid(): Promise<string> {
    const id = await placeOrder(page, "Does not pay");
    await untilDiagnosed(page, "waiting_for_customer");
    return id;
  }
  const atStripe = (id: string, act: string) => elsewhere(page, (tab) => answerAs(tab, id, act));
  const cause = (fault: string, button = "Break it") =>
    elsewhere(page, (tab) => flip(tab, fault, button));

  test("giving money back before the order is paid here is a person's matter", async () => {
    const id = await placeUnpaid();
    await cause("Freeze the worker", "Freeze it");
    await atStripe(id, "Pay");
    await atStripe(id, "Give it back at Stripe");
    await cause("Freeze the worker", "Wake it");
    await untilDiagnosed(page, "refunded_at_stripe");
    await openProblem(page, id);
    await inspect(page, "order-refunded-at-stripe");
    await mend(page, "Release the hold", "The customer does not want it");
    await untilItIs(page, "expired");
    await openProblem(page, id);
    await mend(page, "Mark as dealt with", "The customer has the money");
    await untilDiagnosed(page, "expired");
    await untilNoProblem(page);
  });

  test("giving a paid order's money back is seen by a look, applied by a check", async () => {
    const id = await placeOrder(page, "Pays by card at once");
    await untilItIs(page, "paid");
    await untilDiagnosed(page, "nothing_wrong");
    await cause("All webhooks lost");
    await cause("Stripe's list of events is down");
    await atStripe(id, "Give it back at Stripe");
    await askAgain(page);
    await untilDiagnosed(page, "books_differ");
    await inspect(page, "order-books-differ");
    await mend(page, "Check in Stripe", "The customer says that it came back");
    await untilDiagnosed(page, "nothing_wrong");
    await page.locator("#main").getByText("Refunded", { exact: true }).waitFor();
    await untilNoProblem(page);
  });

  test("cancelling each payment leaves the order to a person, who opens another", async () => {
    const id = await placeUnpaid();
    for (let attempt = 1; attempt <= 5; attempt++) {
      const records = page.locator(".record-head");
      await records.getByText(`Payment ${attempt}`, { exact: true }).waitFor();
      await untilDiagnosed(page, "waiting_for_customer");
      await atStripe(id, "Cancel the payment at Stripe");
    }
    await untilDiagnosed(page, "payment_cancelled_at_stripe");
    await openProblem(page, id);
    await inspect(page, "order-cancelled-at-stripe");
    await mend(page, "Retry payment", "Nobody cancels it any more");
    await atStripe(id, "Pay");
    await untilItIs(page, "paid");
    await openProblem(page, id);
    await mend(page, "Mark as dealt with", "They know how to leave it alone");
    await untilDiagnosed(page, "nothing_wrong");
    await untilNoProblem(page);
  });

  test("another account's key knows no payment, and the right one knows it again", async () => {
    const id = await placeUnpaid();
    await cause("Stripe knows no payment of ours");
    await askAgain(page);
    await untilDiagnosed(page, "payment_missing_at_stripe");
    await inspect(page, "order-payment-missing");
    await cause("Stripe knows no payment of ours", "Mend it");
    await askAgain(page);
    await untilDiagnosed(page, "waiting_for_customer");
    await atStripe(id, "Pay");
    await untilItIs(page, "paid");
    await untilDiagnosed(page, "nothing_wrong");
  });

  test("lowering an amount that is paid too late sends the money back", async () => {
    const id = await placeUnpaid();
    await atStripe(id, "Take 1.00 off at Stripe");
    await cause("Stripe is down");
    await atStripe(id, "Three hours pass");
    await untilItIs(page, "expired");
    await atStripe(id, "Pay");
    await cause("Stripe is down", "Mend it");
    await untilDiagnosed(page, "late_money");
    await page.locator("#main").getByText("Refunded", { exact: true }).waitFor();
    await inspect(page, "order-late-money");
    expect(await theatre.chargesOf(page)).toBe(1);
    await untilNoProblem(page);
  });
});
