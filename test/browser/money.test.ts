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
  refund,
  untilDiagnosed,
  untilItIs,
  untilNoProblem,
} from "./support/clicks.ts";
import { inspect } from "./support/inspect.ts";
import { chromium, useTheatre } from "./support/use-theatre.ts";

describe.runIf(chromium)("money that comes twice, or does not go back", () => {
  // What has failed twice stands still until a person comes.
  const theatre = useTheatre({ BACKOFF_SECONDS: "0.3,60" });
  let page: Page;
  beforeAll(async () => {
    page = await theatre.sit("operator");
  });

  async function placePaid(customer = "Pays by card at once"): Promise<string> {
    const id = await placeOrder(page, customer);
    await untilItIs(page, "paid");
    return id;
  }

  test("a refund that the bank refuses is a problem, and is asked for again", async () => {
    await flip(page, "Refunds stay on their way", "Break it");
    const id = await placePaid();
    await untilDiagnosed(page, "nothing_wrong");
    await refund(page, "requested_by_customer");
    await untilDiagnosed(page, "refund_under_way");
    await elsewhere(page, (tab) => answerAs(tab, id, "The refund fails"));
    await untilDiagnosed(page, "refund_failed");
    await inspect(page, "order-refund-failed");
    await elsewhere(page, (tab) => flip(tab, "Refunds stay on their way", "Mend it"));
    await openProblem(page, id);
    await mend(page, "Refund", "The bank has opened the account again");
    await page.getByRole("heading", { name: "its money went back in another way since" }).waitFor();
    await mend(page, "Mark as dealt with", "The customer has the money now");
    await untilDiagnosed(page, "nothing_wrong");
    await untilNoProblem(page);
  });

  test("a refund that Stripe has no money for is asked for again at a click", async () => {
    await flip(page, "Stripe's balance is too low", "Break it");
    const id = await placePaid();
    await untilDiagnosed(page, "nothing_wrong");
    await refund(page, "requested_by_customer");
    await untilDiagnosed(page, "refund_stuck");
    await openProblem(page, id);
    await elsewhere(page, (tab) => flip(tab, "Stripe's balance is too low", "Mend it"));
    await mend(page, "Requeue the job", "The account has money again");
    await untilDiagnosed(page, "nothing_wrong");
    await untilNoProblem(page);
  });

  test("what was paid in the shop and at Stripe too goes back from there", async () => {
    const id = await placeOrder(page, "Does not pay");
    await untilDiagnosed(page, "waiting_for_customer");
    await elsewhere(page, (tab) => flip(tab, "Freeze the worker", "Freeze it"));
    const admin = await theatre.sit("admin");
    await admin.goto(`/ops/orders/${id}`);
    await begin(admin, "Set the status");
    await admin.getByLabel("New status").selectOption("paid");
    await admin.getByLabel("Reference").fill("Receipt 4712");
    await admin.getByRole("button", { name: "Show what it would do" }).click();
    await confirm(admin, "Set the status", "Paid in the shop at the station");
    await untilItIs(page, "paid");
    await elsewhere(page, (tab) => answerAs(tab, id, "Pay"));
    await elsewhere(page, (tab) => flip(tab, "Freeze the worker", "Wake it"));
    await untilDiagnosed(page, "two_payments");
    await page.getByRole("heading", { name: "It went back to the customer in full." }).waitFor();
    await openProblem(page, id);
    await mend(page, "Mark as dealt with", "The customer knows");
    await untilDiagnosed(page, "nothing_wrong");
    await untilNoProblem(page);
  });

  test("a payment that Aurora did not open is named, and left to a person", async () => {
    const id = await placePaid("Pays twice");
    await untilDiagnosed(page, "foreign_payment");
    expect(await theatre.chargesOf(page)).toBe(2);
    await openProblem(page, id);
    await mend(page, "Mark as dealt with", "It was given back in Stripe's dashboard");
    await untilDiagnosed(page, "nothing_wrong");
    await untilNoProblem(page);
  });

  test.each(["wins", "loses"])(
    "a dispute that the shop %s is dealt with when it is over",
    async (how) => {
      const id = await placePaid("Pays, and disputes it");
      await untilDiagnosed(page, "dispute_open");
      await openProblem(page, id);
      expect(await page.locator(".offers a.primary").count()).toBe(0);
      await inspect(page, "order-dispute-open");
      await elsewhere(page, (tab) => answerAs(tab, id, `The shop ${how} the dispute`));
      await untilDiagnosed(page, "dispute_closed");
      await openProblem(page, id);
      await mend(page, "Mark as dealt with", "The books show it");
      await untilDiagnosed(page, "nothing_wrong");
      await untilNoProblem(page);
    },
  );
});
