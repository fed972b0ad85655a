import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { jsonClient } from "../../scripts/world/json-client.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  confirm,
  elsewhere,
  flip,
  mark,
  mend,
  openProblem,
  placeOrder,
  sendAgain,
  untilDiagnosed,
  untilItIs,
} from "./support/clicks.ts";
import { inspect, picture } from "./support/inspect.ts";
import { chromium, useTheatre } from "./support/use-theatre.ts";

describe.runIf(chromium)("no mail came", () => {
  const boss = "boss@shop.example";
  const rules = {
    rules: [{ event: "payment_captured", to: [boss] }],
    onCall: { to: [boss], afterMinutes: 0.02 },
  };
  const theatre = useTheatre({ STAFF_RULES: JSON.stringify(rules) });
  let page: Page;
  beforeAll(async () => {
    page = await theatre.sit("operator");
  });

  test("while mail is down only the message is late, and it leaves by itself", async () => {
    await flip(page, "Mail is down", "Break it");
    await placeOrder(page, "Pays by card at once");
    await untilItIs(page, "paid");
    await untilDiagnosed(page, "message_late");
    await inspect(page, "order-mail-late");
    await elsewhere(page, (tab) => flip(tab, "Mail is down", "Mend it"));
    const isMarked = await mark(page);
    await untilDiagnosed(page, "nothing_wrong");
    expect(await isMarked()).toBe(true);
  });

  test("what was refused for good is a problem until somebody sends it again", async () => {
    await flip(page, "Next mail refused for good", "Strike the next one");
    const id = await placeOrder(page, "Pays by card at once");
    await untilDiagnosed(page, "mail_failed");
    await picture(page, "message-failed");
    await inspect(page, "order-mail-failed");

    await page.goto("/ops");
    await page.getByRole("heading", { name: /mail could not be sent/i }).waitFor();
    await inspect(page, "problems-mail-failed");
    await page.locator(`a[href="/ops/orders/${id}"]`).first().click();

    await sendAgain(page, "E-mail: Order paid");
    await inspect(page, "act-resend");
    await confirm(page, "Send again", "The customer asked for it on the phone");
    await untilDiagnosed(page, "nothing_wrong");
    await page.goto("/ops");
    expect(await page.locator(`a[href="/ops/orders/${id}"]`).count()).toBe(0);
  });

  test("what came back goes the other way, which the button offers", async () => {
    await flip(page, "Mails come back", "Break it");
    await elsewhere(page, (tab) => flip(tab, "Texts do not arrive", "Break it"));
    const id = await placeOrder(page, "Pays by card at once");
    await untilDiagnosed(page, "message_undelivered");
    await page.locator("#part-messages").waitFor();
    const mail = page.locator("li", { hasText: "E-mail: Order paid" }).first();
    await mail.getByText("came back", { exact: true }).waitFor();
    await inspect(page, "order-mail-came-back");
    await elsewhere(page, (tab) => flip(tab, "Texts do not arrive", "Mend it"));

    await openProblem(page, id);
    await mend(page, "Send again", "The mailbox is gone: we tell them by telephone");
    await untilDiagnosed(page, "nothing_wrong");
    const sms = page.locator("li", { hasText: "SMS: Order paid" }).first();
    await sms.getByText("delivered", { exact: true }).waitFor();
  });

  test("staff hears of a paid order by rule, and those on call of what failed", async () => {
    const id = await placeOrder(page, "Pays by card at once");
    await untilItIs(page, "paid");
    const toStaff = page.locator("li", { hasText: "E-mail to staff: Payment captured" });
    await toStaff.getByText("delivered", { exact: true }).waitFor();
    await inspect(page, "order-staff-told");
    const mails = jsonClient(theatre.world.sandboxUrl ?? "");
    type Mail = { subject: string; text: string };
    const told = async () => (await mails<Mail[]>("GET", `/_sandbox/mail?to=${boss}`)).body;
    expect((await told()).some(({ text }) => text.includes(`/ops/orders/${id}`))).toBe(true);
    // What failed a while ago has outlasted the patience of this world.
    await waitFor("those on call to be told", async () =>
      (await told()).some(({ subject }) => subject.startsWith("Needs a hand: ")),
    );
  });
});
