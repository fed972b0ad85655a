import type { Page } from "playwright-core";
import { beforeAll, describe, test } from "vitest";
import {
  answerAs,
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

describe.runIf(chromium)("a database that was moved", () => {
  const theatre = useTheatre();
  let page: Page;
  beforeAll(async () => {
    page = await theatre.sit("operator");
  });

  test("writes nothing to Stripe until it is kept; then a person need not wait", async () => {
    await flip(page, "The database was moved", "Move it");
    const id = await placeOrder(page, "Does not pay");
    await untilDiagnosed(page, "writes_stopped");
    await openProblem(page, id);
    await inspect(page, "order-writes-stopped");
    await elsewhere(page, (tab) => flip(tab, "The database was moved", "Keep the installation"));
    // What waited for a decision comes by again after half a minute.
    await page.reload();
    await untilDiagnosed(page, "payment_not_started");
    await mend(page, "Retry payment", "The customer is on the phone");
    // A worker that looked just before the decision says no once more, and looks in half a minute.
    await untilDiagnosed(page, "waiting_for_customer", { timeout: 60_000 });
    await elsewhere(page, (tab) => answerAs(tab, id, "Pay"));
    await untilItIs(page, "paid");
    await untilDiagnosed(page, "nothing_wrong");
    await untilNoProblem(page);
  });
});
