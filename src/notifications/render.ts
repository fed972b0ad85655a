import type { MessageFacts, SmsTemplate } from "./facts.ts";
import { fill, oneLine } from "./format.ts";
import type { MessageTemplate } from "./lifecycle.ts";
import { wordsOf } from "./locales/dictionaries.ts";
import { htmlLetter } from "./templates/html-letter.ts";
import type { WriteLetter } from "./templates/letter.ts";
import { linesCancelled } from "./templates/lines-cancelled.ts";
import { orderCancelled } from "./templates/order-cancelled.ts";
import { orderExpired } from "./templates/order-expired.ts";
import { orderPaid } from "./templates/order-paid.ts";
import { orderRefunded } from "./templates/order-refunded.ts";
import { orderRejected } from "./templates/order-rejected.ts";
import { orderShipped } from "./templates/order-shipped.ts";
import { payLink } from "./templates/pay-link.ts";
import { paymentProblem } from "./templates/payment-problem.ts";
import { smsText } from "./templates/sms.ts";
import { textLetter } from "./templates/text-letter.ts";

const letters: Record<MessageTemplate, WriteLetter> = {
  order_paid: orderPaid,
  order_rejected: orderRejected,
  order_expired: orderExpired,
  order_cancelled: orderCancelled,
  order_shipped: orderShipped,
  lines_cancelled: linesCancelled,
  order_refunded: orderRefunded,
  payment_problem: paymentProblem,
  pay_link: payLink,
};

/** Writes a mail, as HTML and as the plain text that says the same. */
export function renderMail(
  template: MessageTemplate,
  facts: MessageFacts,
): { subject: string; html: string; text: string } {
  const words = wordsOf(facts.locale);
  const shopName = oneLine(facts.shopName, 80);
  const orderNumber = oneLine(facts.orderNumber, 40);
  const letter = letters[template]({ ...facts, shopName, orderNumber }, words);
  const footer = fill(words.footer, { shop: shopName, order: orderNumber });
  const orderLabel = fill(words.orderLabel, { order: orderNumber });
  return {
    subject: oneLine(letter.subject),
    html: htmlLetter(letter, { locale: facts.locale, shopName, orderLabel, footer }),
    text: textLetter(letter, footer),
  };
}

/** Writes an SMS. */
export function renderSms(template: SmsTemplate, facts: MessageFacts): { text: string } {
  return { text: smsText(template, facts, wordsOf(facts.locale)) };
}
