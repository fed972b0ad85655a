import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { claimMessages } from "../../src/notifications/claim-messages.ts";
import { contactSafe } from "../../src/notifications/contacts.ts";
import type { MessageTemplate } from "../../src/notifications/lifecycle.ts";
import { messageFacts } from "../../src/notifications/message-facts.ts";
import { renderMail } from "../../src/notifications/render.ts";
import { cancelOrders } from "../../src/orders/cancel-order.ts";
import { seenRefund } from "../support/money-back.ts";
import { captured, type Paying } from "../support/paying.ts";
import { useRefundDesk } from "../support/refunding.ts";
import { contactKey } from "../support/shop.ts";

const desk = useRefundDesk();

/** The text of an order's mail, as its customer reads it: facts and words together. */
async function mailOf({ orderId }: Paying, template: MessageTemplate) {
  const { id } = await desk.db
    .selectFrom("notifications")
    .select("id")
    .where("order_id", "=", orderId)
    .where("template", "=", template)
    .where("channel", "=", "email")
    .executeTakeFirstOrThrow();
  const claimed = await claimMessages(desk.db, desk.settings, [id]);
  const message = claimed.get(id);
  const contact = message?.contact && contactSafe([contactKey]).open(message.contact);
  if (!message || !contact) throw new Error("There is no mail.");
  const facts = messageFacts(message, contact, () => "https://shop.example/pay");
  const { text, subject } = renderMail(template, facts);
  expect(text).not.toMatch(/undefined|null|NaN/);
  return { text: text.replace(/\s+/g, " "), subject };
}

describe("the mail of a refund", () => {
  test.each([
    ["en", 1_000, "refunding your payment in full: £10.00 is on its way back"],
    ["en", 250, "refunding part of your payment: £2.50 is on its way"],
    ["ru", 250, "2,50 £"],
  ] as const)("in %s, of %i, tells how much and why", async (locale, amountMinor, words) => {
    const paying = await desk.sold({ locale });
    await desk.refunded(paying, amountMinor);
    const { text, subject } = await mailOf(paying, "order_refunded");
    expect(text).toContain(words);
    expect(text).toContain(locale === "en" ? "something was damaged" : "товар пришёл повреждённым");
    expect(subject).toMatch(locale === "en" ? /refund/i : /[а-я]/);
  });

  test.each([
    ["en", "£10.00 reached Test shop after the order had expired"],
    ["ru", "Приносим извинения."],
  ] as const)("of money that came late, in %s, apologises", async (locale, words) => {
    const paying = await desk.payable({ locale });
    await sql`UPDATE orders SET closing = 'expired', placed_at = now() - interval '2 days'
      WHERE id = ${paying.orderId}`.execute(desk.db);
    await desk.apply(paying, { status: "cancelled" });
    await desk.apply(paying, captured);
    const [row] = await desk.refundsOf(paying);
    await desk.look(paying, seenRefund({ refundId: row?.id ?? "" }));
    expect((await mailOf(paying, "order_refunded")).text).toContain(words);
  });
});

test.each([
  ["en", "full", "£10.00 is on its way back to you"],
  ["en", "none", "no refund was agreed"],
  ["ru", "full", "Мы возвращаем вам 10,00 £"],
  ["ru", "none", "о возврате денег договорённости не было"],
] as const)(
  "the mail of a paid order's cancellation, in %s, with refund %s",
  async (locale, refund, words) => {
    const paying = await desk.sold({ locale });
    const request = {
      ...{ orderId: paying.orderId, shopId: desk.shop.id, idempotencyKey: randomUUID() },
      ...{ fingerprint: Buffer.from(refund), actor: "key:test", refund, isGuest: false },
    };
    await inTransaction(desk.db, (trx) => cancelOrders(trx, desk.settings, [request]));
    expect((await mailOf(paying, "order_cancelled")).text).toContain(words);
  },
);
