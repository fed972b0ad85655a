import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  answerAs,
  elsewhere,
  flip,
  mark,
  placeOrder,
  untilDiagnosed,
  untilItIs,
} from "./support/clicks.ts";
import { inspect } from "./support/inspect.ts";
import { chromium, useTheatre } from "./support/use-theatre.ts";

describe.runIf(chromium)("an order that somebody watches", () => {
  const theatre = useTheatre();
  let page: Page;
  beforeAll(async () => {
    page = await theatre.sit("operator");
  });

  /** Places an order and sees it become paid and told, on its page, without loading it again. */
  async function watchItHeal(customer = "Pays by card at once"): Promise<void> {
    await placeOrder(page, customer);
    const isMarked = await mark(page);
    await untilItIs(page, "paid");
    await untilDiagnosed(page, "nothing_wrong");
    expect(await isMarked()).toBe(true);
  }

  test("is paid though its webhook was lost", async () => {
    await flip(page, "Next webhook lost", "Lose the next one");
    await watchItHeal();
  });

  test("is paid though the answer to its payment's creation was lost", async () => {
    await flip(page, "Answer to a new payment lost", "Strike the next one");
    await watchItHeal();
  });

  test("is paid once though neither webhook nor answer told of the charge", async () => {
    await flip(page, "Answer after charging lost", "Strike the next one");
    await watchItHeal();
    expect(await theatre.chargesOf(page)).toBe(1);
  });

  test("says that Stripe does not answer, and goes on when it does", async () => {
    await flip(page, "Stripe is down", "Break it");
    const id = await placeOrder(page, "Pays by card at once");
    await untilDiagnosed(page, "stripe_unreachable");
    await inspect(page, "order-stripe-down");
    await elsewhere(page, (tab) => flip(tab, "Stripe is down", "Mend it"));
    const isMarked = await mark(page);
    await untilItIs(page, "paid");
    expect(await isMarked()).toBe(true);
    expect(page.url()).toContain(id);
  });

  test("says why its card was declined, and can be paid with another", async () => {
    await flip(page, "Next card is declined", "Strike the next one");
    const id = await placeOrder(page, "Pays by card at once");
    await untilDiagnosed(page, "declined");
    await elsewhere(page, (tab) => answerAs(tab, id, "Pay"));
    await untilItIs(page, "paid");
  });

  test("waits for the customer's bank, and is paid when they have confirmed", async () => {
    await flip(page, "Next card asks for 3D Secure", "Strike the next one");
    const id = await placeOrder(page, "Pays by card at once");
    await untilDiagnosed(page, "authentication_open");
    await elsewhere(page, (tab) => answerAs(tab, id, "Approve 3D Secure"));
    await untilItIs(page, "paid");
  });

  test("is paid though Redis forgot everything", async () => {
    await placeOrder(page, "Does not pay");
    await untilDiagnosed(page, "waiting_for_customer");
    const id = page.url().split("/").at(-1) ?? "";
    await elsewhere(page, (tab) => flip(tab, "Redis forgets everything", "Flush Redis"));
    await elsewhere(page, (tab) => answerAs(tab, id, "Pay"));
    await untilItIs(page, "paid");
  });

  test("is paid though the worker was killed while it waited for Stripe", async () => {
    await flip(page, "Stripe is slow", "Break it");
    await placeOrder(page, "Pays by card at once");
    await elsewhere(page, (tab) => flip(tab, "Kill the worker", "Kill it"));
    await elsewhere(page, (tab) => flip(tab, "Stripe is slow", "Mend it"));
    await untilItIs(page, "paid");
    await untilDiagnosed(page, "nothing_wrong");
    expect(await theatre.chargesOf(page)).toBe(1);
  });

  test("waits for a frozen worker, and goes on when it wakes", async () => {
    await flip(page, "Freeze the worker", "Freeze it");
    await placeOrder(page, "Pays by card at once");
    await untilDiagnosed(page, "stock_not_reserved");
    await elsewhere(page, (tab) => flip(tab, "Freeze the worker", "Wake it"));
    await untilItIs(page, "paid");
  });
});
