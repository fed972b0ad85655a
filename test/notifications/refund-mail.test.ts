import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { claimMessages } from "../../src/notifications/claim-messages.ts";
import { contactSafe } from "../../src/notifications/contacts.ts";
import { messageFacts } from "../../src/notifications/message-facts.ts";
import { renderMail } from "../../src/notifications/render.ts";
import { useDatabase } from "../support/database.ts";
import type { Paying } from "../support/paying.ts";
import { openRefundDesk, type RefundDesk } from "../support/refunding.ts";
import { contactKey } from "../support/shop.ts";

const database = useDatabase();
let desk: RefundDesk;
beforeAll(async () => {
  desk = await openRefundDesk(database.url);
});
afterAll(() => desk.db.destroy());

describe("the customer's mail", () => {
  async function mailOf({ orderId }: Paying) {
    const { id } = await desk.db
      .selectFrom("notifications")
      .select("id")
      .where("order_id", "=", orderId)
      .where("template", "=", "order_refunded")
      .where("channel", "=", "email")
      .executeTakeFirstOrThrow();
    const claimed = await claimMessages(desk.db, desk.settings, [id]);
    const message = claimed.get(id);
    const contact = message?.contact && contactSafe([contactKey]).open(message.contact);
    if (!message || !contact) throw new Error("There is no mail.");
    return renderMail(
      "order_refunded",
      messageFacts(message, contact, () => "https://x.example"),
    );
  }

  test.each([
    ["en", 1_000, "refunding your payment in full: £10.00 is on its way back"],
    ["en", 250, "refunding part of your payment: £2.50 is on its way"],
    ["ru", 250, "2,50 £"],
  ] as const)("in %s, of %i, tells how much and why", async (locale, amountMinor, words) => {
    const paying = await desk.sold({ locale });
    await desk.refunded(paying, amountMinor);
    const { text, subject } = await mailOf(paying);
    const plain = text.replace(/\s+/g, " ");
    expect(plain).toContain(words);
    expect(plain).toContain(
      locale === "en" ? "something was damaged" : "товар пришёл повреждённым",
    );
    expect(subject).toMatch(locale === "en" ? /refund/i : /[а-я]/);
    expect(plain).not.toContain("undefined");
  });
});
