import type { Contact } from "../../../notifications/contacts.ts";
import { isTexted } from "../../../notifications/facts.ts";
import { messageFacts } from "../../../notifications/message-facts.ts";
import { renderMail, renderSms } from "../../../notifications/render.ts";
import type { OrderFacts } from "../../facts/facts.ts";
import { html } from "../html.ts";

/** The link by which the customer pays is theirs alone: the preview has none that works. */
const noLink = () => "https://the-link-to-pay.invalid/";

/** Of a person who was erased, or who may not be seen. */
const nobody: Contact = { email: "", phone: null, name: null, address: null };

/**
 * A message as its reader sees it, written anew from the order as it stands now; null where the
 * order has no such message.
 */
export function previewOf(
  { order, lines, adjustments, events, messages }: OrderFacts,
  messageId: string,
  person: Contact | null,
): string | null {
  const message = messages.find(({ id }) => id === messageId);
  if (!message) return null;
  const { template, channel, tries, unknowns, seq } = message;
  const event = events.find((each) => each.seq === seq);
  const { shopName, locale, currency, totalMinor, tokenVersion, expiresAt } = order;
  const facts = messageFacts(
    {
      ...{ id: messageId, template, channel, tries, unknowns, shopName, locale, currency },
      ...{ totalMinor, tokenVersion, expiresAt, lines, adjustments, contact: null },
      orderId: order.id,
      orderNumber: order.number,
      payable: order.status === "awaiting_payment" && order.closing === null,
      detail: event?.detail ?? {},
    },
    person ?? nobody,
    noLink,
  );
  if (channel === "email") return renderMail(template, facts).html;
  if (!isTexted(template)) return null;
  const { text } = renderSms(template, facts);
  return String(html`<!doctype html><meta charset="utf-8"><title>SMS</title><p>${text}</p>`);
}

/** Only the mail's own style; it runs nothing, loads nothing and leads nowhere. */
export const previewPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; " +
  "form-action 'none'; base-uri 'none'; frame-ancestors 'self'";
