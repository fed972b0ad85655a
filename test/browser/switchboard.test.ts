import { describe, expect, test } from "vitest";
import { inspect } from "./support/inspect.ts";
import { chromium, useTheatre } from "./support/use-theatre.ts";

describe.runIf(chromium)("the Switchboard's page", () => {
  const theatre = useTheatre();

  test("shows a fault that is on, and takes it back", async () => {
    const page = await theatre.sit("operator");
    await page.goto("/ops/switchboard");
    const mail = page.getByRole("listitem").filter({ hasText: "Mail is down" });
    await mail.getByRole("button", { name: "Break it" }).click();
    await mail.getByText("on", { exact: true }).waitFor();
    await inspect(page, "switchboard-mail-down");
    await page.getByRole("button", { name: "All back to normal" }).click();
    await page.getByText("all as usual").waitFor();
    expect(await mail.getByText("on", { exact: true }).count()).toBe(0);
  });
});
