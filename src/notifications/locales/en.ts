import { counted } from "../format.ts";
import { enPaying } from "./en-paying.ts";

/** All that Aurora says in English. Its shape is the type that every other language must fill. */
export const en = {
  hello: (name: string | null) => (name === null ? "Hello," : `Hello ${name},`),
  items: (count: number) => counted(count, "en", { one: "item", other: "items" }),
  moreLines: (count: number) => counted(count, "en", { one: "more line", other: "more lines" }),
  yourOrder: "Your order",
  subtotal: "Items",
  shipping: "Shipping",
  discount: "Discount",
  tax: "Tax",
  total: "Total",
  goesTo: "Delivery address",
  orderLabel: (order: string) => `Order ${order}`,
  footer: (shop: string, order: string) =>
    `${shop} sends you this message because of your order ${order}.`,

  paid: {
    subject: (order: string) => `Thank you! Order ${order} is paid`,
    preview: (items: string, total: string) => `${items}, ${total}. We are getting it ready.`,
    badge: "Paid",
    heading: "Thank you for your order",
    opening: (shop: string, total: string) =>
      `Your payment of ${total} has arrived, and ${shop} is getting your order ready.`,
    tooLate:
      "You asked us to cancel, but the payment was a moment faster, so the order goes ahead. " +
      "If you would rather not have it, get in touch and we will find a way.",
    revived:
      "Your payment arrived after the time to pay was over. We still had everything, so the " +
      "order goes ahead. If you would rather not have it, get in touch and we will find a way.",
    sms: (shop: string, order: string, total: string) =>
      `${shop}: order ${order} is paid, ${total}. Thank you! Details are in your e-mail.`,
    smsTooLate: (shop: string, order: string, total: string) =>
      `${shop}: order ${order} is paid, ${total}. Your cancellation came after the payment: ` +
      "see your e-mail.",
    smsRevived: (shop: string, order: string, total: string) =>
      `${shop}: order ${order} is paid, ${total}. It came late, but we still had everything.`,
  },

  rejected: {
    subject: (order: string) => `Order ${order}: not enough in stock`,
    preview: "You have not been charged. Here is what we still have.",
    badge: "Out of stock",
    heading: "Sorry, we ran short",
    opening: (shop: string) =>
      `There was not enough left at ${shop} to fill your order, so we have not started it. ` +
      "You have not been charged.",
    table: "What was short",
    product: "Product",
    requested: "Ordered",
    available: "In stock",
    closing: "You are welcome to order again with what is there, or to look in a little later.",
  },

  expired: {
    subject: (order: string) => `Order ${order} has expired`,
    preview: "You have not been charged. The items are on sale again.",
    badge: "Expired",
    heading: "The time to pay is over",
    opening: (until: string | null) =>
      until === null
        ? "We held your items for you, but no payment arrived in time. You have not been charged."
        : `We held your items for you until ${until}, but no payment arrived. ` +
          "You have not been charged.",
    closing: "The items are on sale again. If you still want them, simply place a new order.",
  },

  /** The order ended, and Stripe has not said that no money can come. */
  unsure: {
    preview: "If a payment should still arrive, the order goes ahead or your money comes back.",
    expired:
      "We could not hold your items any longer. If a payment should still arrive, the order goes " +
      "ahead or your money comes back by itself: there is nothing for you to do.",
    closing: "If you did not pay and still want the items, simply place a new order.",
    cancelled: (shop: string) =>
      `Your order at ${shop} is cancelled. If a payment should still arrive, the order goes ` +
      "ahead or your money comes back by itself: there is nothing for you to do.",
    sms: (shop: string, order: string) =>
      `${shop}: order ${order} is cancelled. A payment that still comes revives it or goes back.`,
  },

  cancelled: {
    subject: (order: string) => `Order ${order} is cancelled`,
    badge: "Cancelled",
    heading: "Your order is cancelled",
    closing: "We hope to see you again.",
    unpaid: {
      preview: "You have not been charged, and there is nothing left for you to do.",
      opening: (shop: string) =>
        `Your order at ${shop} is cancelled. You have not been charged, and there is nothing ` +
        "left for you to do.",
      sms: (shop: string, order: string) =>
        `${shop}: order ${order} is cancelled. You have not been charged.`,
    },
    refunded: {
      preview: "Your money is on its way back to you.",
      opening: (shop: string, amount: string | null) =>
        amount === null
          ? `Your order at ${shop} is cancelled, and your money is on its way back to you.`
          : `Your order at ${shop} is cancelled, and ${amount} is on its way back to you.`,
      sms: (shop: string, order: string, amount: string | null) =>
        `${shop}: order ${order} is cancelled. ${amount ?? "Your money"} is on its way back.`,
    },
    returned: {
      preview: "You have had all of your money back before.",
      opening: (shop: string) =>
        `Your order at ${shop} is cancelled. All that you had paid was refunded before.`,
      sms: (shop: string, order: string) =>
        `${shop}: order ${order} is cancelled. All of it was refunded before.`,
    },
    kept: {
      preview: "No refund was agreed. If you have a question, please contact the shop.",
      opening: (shop: string) =>
        `Your order at ${shop} is cancelled. You had paid for it, and no refund was agreed.`,
      closing: "If that surprises you, or if you have a question, please contact the shop.",
      sms: (shop: string, order: string) =>
        `${shop}: order ${order} is cancelled. No refund was agreed. Questions? Contact the shop.`,
    },
  },

  refunded: {
    subject: (order: string, amount: string) => `Order ${order}: your refund of ${amount}`,
    preview: "It can take 5 to 10 business days until you see it on your statement.",
    badge: "Refund",
    when:
      "It goes back the way you paid. It can take 5 to 10 business days until your bank shows " +
      "it on your statement.",
    whole: {
      heading: "Your refund is on its way",
      opening: (shop: string, amount: string) =>
        `${shop} is refunding your payment in full: ${amount} is on its way back to you.`,
    },
    part: {
      heading: "Part of your money is on its way back",
      opening: (shop: string, amount: string) =>
        `${shop} is refunding part of your payment: ${amount} is on its way back to you.`,
    },
    lateMoney: {
      heading: "Sorry, your payment came too late",
      opening: (shop: string, amount: string) =>
        `Your payment of ${amount} reached ${shop} after the order had expired or been ` +
        "cancelled, too late to be used for it. We are sorry. The full amount is on its way " +
        "back to you.",
    },
    secondPayment: {
      heading: "You were charged twice",
      opening: (shop: string, amount: string) =>
        `You were charged twice for your order at ${shop}. We are sorry. One of the two ` +
        `payments, ${amount}, is on its way back to you. Nothing changes for your order.`,
    },
    mismatch: {
      heading: "Your payment did not match the order",
      opening: (shop: string, amount: string) =>
        `${shop} received a payment of ${amount} from you, but that was not what the order came ` +
        "to, so it could not be accepted. We are sorry. Your money is on its way back to you.",
    },
    reasons: {
      asked: "You asked us for this refund.",
      twice: "The reason: the same payment was made twice.",
      soldOut: "The reason: something that you ordered was no longer in stock.",
      damaged: "The reason: something was damaged when it reached you.",
      undelivered: "The reason: something did not reach you.",
      goodwill: "We hope that it makes up for the trouble.",
    },
    sms: (shop: string, order: string, amount: string) =>
      `${shop}: ${amount} for order ${order} is on its way back to you. See your e-mail.`,
  },

  ...enPaying,
};

export type Words = typeof en;
