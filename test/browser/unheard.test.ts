import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { confirm, flip, placeOrder, untilDiagnosed, untilItIs } from "./support/clicks.ts";
import { inspect, picture } from "./support/inspect.ts";
import { chromium, useTheatre } from "./support/use-theatre.ts";

describe.runIf(chromium)("another system that does not hear of orders", () => {
  const theatre = useTheatre({ WEBHOOK_RETRY_SECONDS: "1", WEBHOOK_PROBE_SECONDS: "2" });
  let page: Page;
  beforeAll(async () => {
    page = await theatre.sit("operator");
  });

  /** The endpoint's own page, by the list of all. */
  async function openEndpoint(): Promise<void> {
    await page.goto("/ops/webhooks");
    await page.getByRole("link", { name: "Out: what we tell others" }).click();
    await page
      .locator("#main")
      .getByRole("link", { name: /receiver\/orders/ })
      .click();
    await page.getByRole("heading", { name: "How it stands" }).waitFor();
  }

  const status = (word: string) => page.locator(".facts").getByText(word, { exact: true }).first();

  test("is seen to be down, waited for, and told of everything once it is mended", async () => {
    await flip(page, "Receiver is down", "Break it");
    const id = await placeOrder(page, "Pays by card at once");
    await untilItIs(page, "paid");
    await openEndpoint();
    await status("failing").waitFor();
    await page.getByText("It answered 503.").first().waitFor();
    await inspect(page, "webhooks-out-endpoint");
    await picture(page, "webhooks-out");
    await page.goto("/ops/webhooks/out");
    await inspect(page, "webhooks-out");
    await flip(page, "Receiver is down", "Mend it");
    await openEndpoint();
    await status("enabled").waitFor();
    await status("nothing").waitFor();
    await page.goto(`/ops/orders/${id}`);
    const told = page.getByText(/heard (\d+) of \1 events/);
    await told.waitFor();
    await untilDiagnosed(page, "nothing_wrong");
  });

  test("has moved: its page says what to do, and a trial shows when it is back", async () => {
    await flip(page, "Receiver has moved", "Break it");
    await openEndpoint();
    await page.getByRole("link", { name: "Send a trial" }).click();
    await inspect(page, "act-try-endpoint");
    await confirm(page, "Send a trial", "They say that they are back");
    await page.getByText("Redirects are not followed").first().waitFor();
    await flip(page, "Receiver has moved", "Mend it");
    await openEndpoint();
    await page.getByRole("link", { name: "Send a trial" }).click();
    await confirm(page, "Send a trial", "They say that they are back again");
    await page
      .locator("tr")
      .filter({ hasText: "a trial" })
      .getByText("delivered")
      .first()
      .waitFor();
  });

  test("is told again of an hour, which the form counts first", async () => {
    await placeOrder(page, "Pays by card at once");
    await untilItIs(page, "paid");
    await openEndpoint();
    await page.getByRole("link", { name: "Tell again" }).click();
    await page.getByText(/\d+ events are told once more/).waitFor();
    await inspect(page, "act-replay-events");
    await confirm(page, "Tell again", "They restored an old copy");
    await page
      .locator("#notices")
      .getByText(/events are on their way/)
      .waitFor();
    await page.getByText("told again").first().waitFor();
    await page.goto("/ops/audit");
    expect(await page.getByText("They restored an old copy").count()).toBe(1);
  });

  test("lies: what it answers has no end, and what it was told counts as told", async () => {
    await flip(page, "Receiver's answers never end", "Break it");
    const id = await placeOrder(page, "Does not pay");
    await untilDiagnosed(page, "waiting_for_customer");
    await page.getByText(/heard (\d+) of \1 events/).waitFor();
    expect(page.url()).toContain(id);
  });
});
