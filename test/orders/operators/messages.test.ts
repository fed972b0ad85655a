import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { claimMessages, saveOutcomes } from "../../../src/notifications/claim-messages.ts";
import { contactSafe } from "../../../src/notifications/contacts.ts";
import type { Channel } from "../../../src/notifications/lifecycle.ts";
import { resendMessage } from "../../../src/orders/operators/resend-message.ts";
import { sendPayLink } from "../../../src/orders/operators/send-pay-link.ts";
import type { Placed } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { contactKey } from "../../support/shop.ts";
import { ordersAt } from "./orders-in.ts";

const desk = useRefundDesk();
const { orderAt } = ordersAt(desk);
const actor = "ops:ann";

const link = ({ orderId }: Placed) =>
  inTransaction(desk.db, (trx) => sendPayLink(trx, desk.settings, { orderId, actor }));

const resend = ({ orderId }: Placed, messageId: string, channel: Channel | null = null) =>
  inTransaction(desk.db, (trx) =>
    resendMessage(trx, desk.settings, { orderId, messageId, channel, actor }),
  );

async function messagesOf({ orderId }: Placed) {
  const messages = desk.db.selectFrom("notifications").selectAll();
  return await messages.where("order_id", "=", orderId).orderBy("id").execute();
}

async function messageOf(order: Placed, channel: Channel): Promise<string> {
  const messages = await messagesOf(order);
  return messages.find((each) => each.channel === channel)?.id ?? "";
}

/** All messages of an order go out. */
async function sendAll(order: Placed): Promise<void> {
  const ids = (await messagesOf(order)).map(({ id }) => id);
  const claimed = await inTransaction(desk.db, (trx) => claimMessages(trx, desk.settings, ids));
  const outcomes = [...claimed.values()].map(({ id, tries }) => ({
    ...{ id, tries, status: "sent" as const, providerId: `mail_${id}` },
  }));
  await inTransaction(desk.db, (trx) => saveOutcomes(trx, desk.settings, outcomes));
}

/** The order's messages become so much older. */
async function minutesPass({ orderId }: Placed, minutes: number): Promise<void> {
  await sql`UPDATE notifications SET created_at = created_at - make_interval(mins => ${minutes})
    WHERE order_id = ${orderId}`.execute(desk.db);
}

/** A customer without a telephone. */
const mailOnly = contactSafe([contactKey]).seal({
  ...{ email: "buyer@shop.example", phone: null, name: "A Buyer", address: null },
});

describe("a pay link", () => {
  test("goes by mail and SMS, and stands in the history", async () => {
    const paying = await desk.payable();
    const { hints } = await link(paying);
    expect(hints).toMatchObject([{ kind: "send_message" }, { kind: "send_message" }]);
    expect(await desk.messagesOf(paying)).toEqual(["pay_link/email", "pay_link/sms"]);
    expect((await desk.historyOf(paying)).at(-1)).toEqual({ event: "pay_link_sent", detail: {} });
  });

  test("goes by mail alone where there is no telephone, and each time anew", async () => {
    const paying = await desk.payable({ contact: mailOnly });
    await link(paying);
    await sendAll(paying);
    await minutesPass(paying, 5);
    await link(paying);
    expect(await desk.messagesOf(paying)).toEqual(["pay_link/email", "pay_link/email"]);
  });

  test("waits for the one before, and then a few minutes more, and says until when", async () => {
    const paying = await desk.payable();
    await link(paying);
    await expect(link(paying)).rejects.toMatchObject({ code: "pay_link_on_its_way" });
    await sendAll(paying);
    const next = new Date(Date.now() + 5 * 60_000).toISOString().slice(11, 15);
    const message = expect.stringContaining(`The next is possible at ${next}`);
    await expect(link(paying)).rejects.toMatchObject({ code: "pay_link_just_sent", message });
    await minutesPass(paying, 4);
    await expect(link(paying)).rejects.toMatchObject({ code: "pay_link_just_sent" });
    const mail = await messageOf(paying, "email");
    await expect(resend(paying, mail)).rejects.toMatchObject({ code: "pay_link_just_sent" });
    await minutesPass(paying, 1);
    await resend(paying, mail);
    await expect(link(paying)).rejects.toMatchObject({ code: "pay_link_on_its_way" });
  });

  test("does not wait for one that never arrived", async () => {
    const paying = await desk.payable();
    await link(paying);
    await sql`UPDATE notifications SET status = 'failed', due_at = NULL, reason = 'bounced'
      WHERE order_id = ${paying.orderId}`.execute(desk.db);
    await link(paying);
  });

  test("is sent five times and no more, whoever asks", async () => {
    const paying = await desk.payable();
    for (let times = 0; times < 5; times++) {
      await link(paying);
      await sendAll(paying);
      await minutesPass(paying, 5);
    }
    await expect(link(paying)).rejects.toMatchObject({ code: "too_many_pay_links" });
    const mail = await messageOf(paying, "email");
    await expect(resend(paying, mail)).rejects.toMatchObject({ code: "too_many_pay_links" });
  });
});

describe("a message that is sent again", () => {
  test("is a new one that points to the first of its chain and says the same", async () => {
    const paying = await desk.sold();
    await sendAll(paying);
    const first = await messageOf(paying, "email");
    const { messageId: second, hints } = await resend(paying, first);
    expect(hints).toMatchObject([{ queue: "notification", kind: "send_message", id: second }]);
    await sendAll(paying);
    const { messageId: third } = await resend(paying, second);
    const messages = await messagesOf(paying);
    const origin = messages.find(({ id }) => id === first);
    for (const id of [second, third]) {
      expect(messages.find((each) => each.id === id)).toMatchObject({
        ...{ resend_of: first, seq: origin?.seq, template: "order_paid", channel: "email" },
      });
    }
    const detail = { messageId: third, resendOf: first, template: "order_paid", channel: "email" };
    expect((await desk.historyOf(paying)).at(-1)).toEqual({ event: "message_resent", detail });
    const claimed = await inTransaction(desk.db, (trx) =>
      claimMessages(trx, desk.settings, [third]),
    );
    expect(claimed.get(third)).toMatchObject({ template: "order_paid", orderId: paying.orderId });
  });

  test("goes another way where the message has one", async () => {
    const paying = await desk.sold();
    await sendAll(paying);
    await resend(paying, await messageOf(paying, "email"), "sms");
    const channels = (await messagesOf(paying)).map(({ channel }) => channel);
    expect(channels.toSorted()).toEqual(["email", "sms", "sms"]);
  });

  test.each([
    ["a message of another order", "message_not_found", async () => randomUUID(), null],
    ["one that only goes by mail, by SMS", "channel_not_offered", null, "sms"],
  ] as const)("is refused: %s", async (_what, code, other, channel) => {
    const paying = await orderAt("expired");
    await sendAll(paying);
    const id = other ? await other() : await messageOf(paying, "email");
    await expect(resend(paying, id, channel)).rejects.toMatchObject({ code });
  });

  test("is refused while it is on its way, this or an earlier time", async () => {
    const paying = await desk.sold();
    const code = "message_on_its_way";
    const first = await messageOf(paying, "email");
    await expect(resend(paying, first)).rejects.toMatchObject({ code });
    await sendAll(paying);
    await resend(paying, first);
    await expect(resend(paying, first)).rejects.toMatchObject({ code });
    await resend(paying, first, "sms");
    await expect(resend(paying, first, "sms")).rejects.toMatchObject({ code });
    expect(await messagesOf(paying)).toHaveLength(4);
  });

  test("is refused by SMS where there is no telephone", async () => {
    const paying = await desk.sold({ contact: mailOnly });
    await sendAll(paying);
    const id = await messageOf(paying, "email");
    await expect(resend(paying, id, "sms")).rejects.toMatchObject({ code: "no_phone" });
  });

  test("is refused once the customer was erased", async () => {
    const paying = await desk.sold();
    await sendAll(paying);
    await desk.db.deleteFrom("order_contacts").where("order_id", "=", paying.orderId).execute();
    const id = await messageOf(paying, "email");
    await expect(resend(paying, id)).rejects.toMatchObject({ code: "contact_erased" });
  });

  test("asks nobody to pay what can't be paid any more", async () => {
    const paying = await desk.payable();
    await link(paying);
    await sendAll(paying);
    await minutesPass(paying, 5);
    const id = await messageOf(paying, "email");
    await resend(paying, id);
    await sendAll(paying);
    await desk.apply(paying, { status: "captured", capturedMinor: 1_000 });
    await expect(resend(paying, id)).rejects.toMatchObject({ code: "not_payable" });
  });
});
