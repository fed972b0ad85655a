import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  answerAs,
  begin,
  confirm,
  elsewhere,
  flip,
  mend,
  openProblem,
  placeOrder,
  untilDiagnosed,
  untilItIs,
  untilNoProblem,
} from "./support/clicks.ts";
import { inspect, picture } from "./support/inspect.ts";
import { chromium, useTheatre } from "./support/use-theatre.ts";

describe.runIf(chromium)("goods that are held", () => {
  // What has failed for good stands still until a person comes.
  const theatre = useTheatre({ BACKOFF_SECONDS: "0.3,0.3,0.3,0.3,60" });
  let page: Page;
  beforeAll(async () => {
    page = await theatre.sit("operator");
  });

  async function placeUnpaid(customer = "Does not pay"): Promise<string> {
    const id = await placeOrder(page, customer);
    await untilDiagnosed(page, "waiting_for_customer");
    return id;
  }
  const later = (id: string, leap: string) => elsewhere(page, (tab) => answerAs(tab, id, leap));

  test("for nobody any more are free when the time is over, and ordered again", async () => {
    const id = await placeUnpaid();
    await later(id, "An hour passes");
    await untilItIs(page, "expired");
    await untilDiagnosed(page, "expired");
    await begin(page, "Order again");
    await confirm(page, "Order again", "The customer wants it after all");
    await page.locator("#notices").getByRole("link").click();
    await untilItIs(page, "awaiting payment");
    const again = page.url().split("/").at(-1) ?? "";
    await elsewhere(page, (tab) => answerAs(tab, again, "Pay"));
    await untilItIs(page, "paid");
    await untilDiagnosed(page, "nothing_wrong");
    await untilNoProblem(page);
  });

  test("past their time while no worker works are released by a person", async () => {
    const id = await placeUnpaid();
    await elsewhere(page, (tab) => flip(tab, "Freeze the worker", "Freeze it"));
    await later(id, "An hour passes");
    await untilDiagnosed(page, "hold_overdue");
    await openProblem(page, id);
    await picture(page, "hold-overdue");
    await inspect(page, "order-hold-overdue");
    await mend(page, "Release the hold", "The customer does not want it");
    await untilDiagnosed(page, "closing_under_way");
    await elsewhere(page, (tab) => flip(tab, "Freeze the worker", "Wake it"));
    await untilItIs(page, "expired");
    await untilNoProblem(page);
  });

  test("by an order that Stripe does not let end are free once the job works again", async () => {
    await flip(page, "Stripe cancels no payment", "Break it");
    const id = await placeUnpaid();
    await begin(page, "Cancel the order");
    await confirm(page, "Cancel the order", "The customer has called");
    await untilDiagnosed(page, "job_failed");
    await openProblem(page, id);
    await inspect(page, "order-job-failed");
    await elsewhere(page, (tab) => flip(tab, "Stripe cancels no payment", "Mend it"));
    await mend(page, "Requeue the job", "Stripe has mended it");
    await untilItIs(page, "cancelled");
    await untilNoProblem(page);
  });

  test("no longer, and sold while the customer paid: the money goes back by itself", async () => {
    const id = await placeUnpaid("Wants the only one, and does not pay");
    await elsewhere(page, (tab) => flip(tab, "Stripe is down", "Break it"));
    await later(id, "Three hours pass");
    await untilItIs(page, "expired");
    await elsewhere(page, (tab) => placeOrder(tab, "Wants the only one, and does not pay"));
    await elsewhere(page, (tab) => answerAs(tab, id, "Pay"));
    await elsewhere(page, (tab) => flip(tab, "Stripe is down", "Mend it"));
    await untilDiagnosed(page, "sold_out_while_paying");
    await page.locator("#main").getByText("Refunded", { exact: true }).waitFor();
    await untilNoProblem(page);
  });

  test("for money that comes after all, though the order had ended", async () => {
    const id = await placeUnpaid();
    await elsewhere(page, (tab) => flip(tab, "Stripe is down", "Break it"));
    await later(id, "Three hours pass");
    await untilItIs(page, "expired");
    await elsewhere(page, (tab) => answerAs(tab, id, "Pay"));
    await elsewhere(page, (tab) => flip(tab, "Stripe is down", "Mend it"));
    await untilItIs(page, "paid");
    await untilDiagnosed(page, "nothing_wrong");
    expect(await theatre.chargesOf(page)).toBe(1);
    await untilNoProblem(page);
  });
});
