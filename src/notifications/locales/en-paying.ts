/** What Aurora says in English about a payment that is still to come. */
export const enPaying = {
  problem: {
    subject: (order: string) => `Order ${order}: the payment did not go through`,
    preview: (until: string | null) =>
      until === null
        ? "Your items are still held for you. You can pay again with one tap."
        : `Your items are held for you until ${until}. You can pay again with one tap.`,
    badge: "Payment needed",
    heading: "Your payment did not go through",
    held: (until: string | null) =>
      until === null
        ? "Your items are still held for you."
        : `Your items are still held for you until ${until}.`,
    button: "Pay again",
    assurance: "This continues the same payment, so you cannot be charged twice.",
  },

  payLink: {
    subject: (order: string) => `Order ${order} is waiting for your payment`,
    preview: (until: string | null) =>
      until === null
        ? "Your items are held for you. Here is the link to pay."
        : `Your items are held for you until ${until}. Here is the link to pay.`,
    badge: "Payment needed",
    heading: "Your order is waiting for its payment",
    opening: (shop: string, total: string) =>
      `Your order at ${shop} comes to ${total} and is not paid yet.`,
    over: "It can't be paid any more. If you still want the items, simply place a new order.",
    held: (until: string | null) =>
      until === null
        ? "We are holding your items for you."
        : `We are holding your items for you until ${until}.`,
    button: "Pay now",
    assurance: "The link belongs to this order alone: please don't pass it on.",
    sms: (shop: string, order: string, url: string) =>
      `${shop}: order ${order} is waiting for your payment: ${url}`,
  },

  declines: {
    funds: "The bank says that there was not enough money on the card for this payment.",
    expired: "The bank says that the card has expired. Another card will do.",
    details: "The bank did not recognise the card's details. A second look at them may help.",
    confirmation:
      "The bank wanted you to confirm the payment, and the confirmation did not arrive.",
    limit: "The card has reached a limit that the bank sets for it. Another card will do.",
    unsupported:
      "The bank does not allow this kind of payment with the card. Another card will do.",
    hiccup: "Something went wrong between us and the bank. Simply trying again often helps.",
    unsaid: "The bank did not approve the payment and did not tell us why. Another card may work.",
  },
};
