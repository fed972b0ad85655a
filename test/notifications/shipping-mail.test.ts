import { describe, expect, test } from "vitest";
import { claimMessages } from "../../src/notifications/claim-messages.ts";
import { contactSafe } from "../../src/notifications/contacts.ts";
import type { MessageFacts } from "../../src/notifications/facts.ts";
import type { MessageTemplate } from "../../src/notifications/lifecycle.ts";
import { messageFacts } from "../../src/notifications/message-facts.ts";
import { renderMail, renderSms } from "../../src/notifications/render.ts";
import type { Paying } from "../support/paying.ts";
import { useRefundDesk } from "../support/refunding.ts";
import { shippingAt } from "../support/shipping.ts";
import { contactKey } from "../support/shop.ts";
import { parcel, sampleFacts } from "./sample-facts.ts";

const desk = useRefundDesk();
const shipping = shippingAt(desk);
const safe = contactSafe([contactKey]);

/** What the order's messages of this kind may say, as the notification worker reads them. */
async function factsOf(order: Paying, template: MessageTemplate): Promise<MessageFacts[]> {
  const rows = await desk.db
    .selectFrom("notifications")
    .select("id")
    .where("order_id", "=", order.orderId)
    .where("template", "=", template)
    .where("channel", "=", "email")
    .orderBy("seq")
    .execute();
  const ids = rows.map(({ id }) => id);
  const claimed = await claimMessages(desk.db, desk.settings, ids);
  return ids.map((id) => {
    const message = claimed.get(id);
    const contact = message?.contact && safe.open(message.contact);
    if (!message || !contact) throw new Error("The message can't be read.");
    return messageFacts(message, contact, () => "https://shop.example/pay");
  });
}

describe("the mail of a parcel", () => {
  test("names what is in it, and says that the rest follows", async () => {
    const order = await desk.sold();
    const trackingUrl = "https://track.example/RM1";
    await shipping.ship(order, 1, { trackingUrl });
    await shipping.ship(order);
    const [part, rest] = (await factsOf(order, "order_shipped")).map((facts) =>
      renderMail("order_shipped", facts),
    );
    expect(part?.subject).toMatch(/^A part of order \S+ is on its way$/);
    expect(part?.text).toContain(`Product ${order.sku} (${order.sku}): × 1`);
    expect(part?.text).toContain("The other items follow in another parcel");
    expect(part?.text).toContain(`Track the parcel:\n${trackingUrl}\nTracking number: RM1`);
    expect(part?.html).toContain(`href="${trackingUrl}"`);
    expect(rest?.subject).toMatch(/^Order \S+ is on its way$/);
    expect(rest?.text).not.toContain("another parcel");
    expect(rest?.html).not.toContain("href=");
  });

  test("is said in Russian to those who read it", async () => {
    const order = await desk.sold({ locale: "ru" });
    await shipping.ship(order, null, { carrier: "Почта" });
    const [facts] = await factsOf(order, "order_shipped");
    if (!facts) throw new Error("There is no mail.");
    const { subject, text } = renderMail("order_shipped", facts);
    expect(subject).toMatch(/^Заказ \S+ уже в пути$/);
    expect(text).toContain("Служба доставки: Почта.");
    expect(text).toContain("Номер для отслеживания: RM1");
    expect(renderSms("order_shipped", facts).text).toContain("в пути, Почта, номер RM1.");
  });

  test("never links to anything but a web address", () => {
    for (const trackingUrl of ["javascript:alert(1)", 'https://a.example/"onclick="x']) {
      const facts = sampleFacts({ parcel: parcel({ trackingUrl }) });
      expect(renderMail("order_shipped", facts).html).not.toContain("href=");
    }
  });

  test("names fifty of many goods, and counts the others", () => {
    const part = Array.from({ length: 60 }, (_, nr) => {
      return { sku: `S${nr}`, name: `Thing ${nr};`, quantity: 1 };
    });
    const { text, html } = renderMail("order_shipped", sampleFacts({ part }));
    expect(text.match(/Thing \d+;/g)).toHaveLength(50);
    for (const body of [text, html]) expect(body).toContain("10 more lines");
  });
});

describe("the mail of cancelled goods", () => {
  const textOf = async (order: Paying) => {
    const [facts] = await factsOf(order, "lines_cancelled");
    if (!facts) throw new Error("There is no mail.");
    return renderMail("lines_cancelled", facts).text;
  };

  test("names them, and the money that goes back", async () => {
    const order = await desk.sold();
    await shipping.cancel(order, 1, "full");
    const text = await textOf(order);
    expect(text).toContain(`Product ${order.sku} (${order.sku}): × 1`);
    expect(text).toContain("£5.00 is on its way back to you.");
  });

  test("says where no money goes back, and why", async () => {
    const order = await desk.sold();
    await shipping.cancel(order, 1, "none");
    expect(await textOf(order)).toContain("No refund was agreed.");
    const refunded = await desk.sold();
    await desk.ask(refunded, { lines: [{ sku: refunded.sku, quantity: 2 }], amountMinor: 400 });
    await shipping.cancel(refunded, 1, "full");
    expect(await textOf(refunded)).toContain("You have had the money for them back before.");
  });
});
