import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  answerAs,
  begin,
  confirm,
  elsewhere,
  placeOrder,
  untilDiagnosed,
  untilItIs,
  untilNoProblem,
} from "./support/clicks.ts";
import { inspect } from "./support/inspect.ts";
import { chromium, useTheatre } from "./support/use-theatre.ts";

describe.runIf(chromium)("goods that leave, and come back", () => {
  const theatre = useTheatre();
  let page: Page;
  beforeAll(async () => {
    page = await theatre.sit("operator");
  });

  test("are seen on the order's page, and what is left is cancelled", async () => {
    const id = await placeOrder(page, "Pays by card at once");
    await untilItIs(page, "paid");
    const shop = (act: string) => elsewhere(page, (tab) => answerAs(tab, id, act));
    await shop("Ship one piece");
    await untilItIs(page, "fulfilling");
    const parts = page.getByRole("region", { name: "Shipments and returns" });
    await parts.getByText("Shipped with Royal Mail").waitFor();
    await shop("One piece comes back");
    await parts.getByText("for sale again").waitFor();
    await parts.getByRole("link", { name: "With a refund" }).waitFor();
    await untilDiagnosed(page, "nothing_wrong");
    await page.getByText(/heard (\d+) of \1 events/).waitFor();
    // What waited to be heard stood open.
    await page.reload();
    await page.getByText(/heard (\d+) of \1 events/).click();
    await page.getByRole("link", { name: "The endpoint" }).waitFor();
    await inspect(page, "order-shipped");
    await begin(page, "Cancel the order");
    await page.getByRole("combobox", { name: "Money" }).selectOption("full");
    await page.getByRole("button", { name: "Show what it would do" }).click();
    await page.getByText("What is not shipped yet is cancelled").waitFor();
    await inspect(page, "act-cancel-rest");
    await confirm(page, "Cancel the order", "The customer wants no more of it");
    await untilItIs(page, "completed");
    await page.getByText("1 shipped · 1 cancelled · 1 returned").waitFor();
    await untilDiagnosed(page, "nothing_wrong");
    await untilNoProblem(page);
  });

  test("are shown to a viewer without what leads to somebody's door", async () => {
    const id = await placeOrder(page, "Pays by card at once");
    await untilItIs(page, "paid");
    await elsewhere(page, (tab) => answerAs(tab, id, "Ship one piece"));
    await page.getByText("RM123456789GB").waitFor();
    const viewer = await theatre.sit("viewer");
    await viewer.goto(`/ops/orders/${id}`);
    await viewer.getByText("Shipped with Royal Mail", { exact: true }).waitFor();
    expect(await viewer.getByText("RM123456789GB").count()).toBe(0);
  });
});
