export type ProblemKind = { status: number; title: string; help: string };

/** What can be wrong with placing, cancelling or refunding an order, in words for its shop. */
export const orderProblems = {
  order_not_found: {
    status: 404,
    title: "There is no such order",
    help: "Check the id, and that the key belongs to the order's shop or the token to this order.",
  },
  order_is_paid: {
    status: 409,
    title: "The order is paid",
    help:
      'Say what becomes of its money: {"refund": "full"} gives it back, {"refund": "none"} keeps ' +
      "it (only with a secret key). Customers can cancel by themselves for a while after paying.",
  },
  order_not_paid: {
    status: 409,
    title: "No money was taken for the order",
    help: "There is nothing to refund. An order that nobody has paid is cancelled instead.",
  },
  dispute_open: {
    status: 409,
    title: "The customer's bank disputes the payment",
    help: "Answer the dispute in Stripe's dashboard: until it is closed nothing is refunded.",
  },
  nothing_left_to_refund: {
    status: 409,
    title: "All of it has been given back",
    help: "GET /v1/orders/{id}/refunds lists the refunds, those made at Stripe among them.",
  },
  payment_under_review: {
    status: 409,
    title: "The order's payment is under review",
    help: "Money came that does not match the order. Wait for an operator's decision.",
  },
  order_expired: {
    status: 410,
    title: "The order has expired",
    help: "Nobody paid while its goods were held. Place a new order.",
  },
  unavailable_goods: {
    status: 422,
    title: "Some lines can't be sold",
    help: "Mend or remove the lines that are named under errors.",
  },
  total_out_of_range: {
    status: 422,
    title: "The order's total can't be charged",
    help:
      "Stripe has a minimum for each currency, such as 0.30 GBP, a largest amount, mostly " +
      "999,999.99, and takes some currencies in steps only. The detail names the amount and " +
      "the limit: add goods, split the order, or round it by an adjustment.",
  },
  refund_is_due: {
    status: 422,
    title: "A customer's cancellation gives the money back",
    help: 'Send {"refund": "full"}. Only the shop may cancel without a refund.',
  },
  refund_too_large: {
    status: 422,
    title: "That is more than can be refunded",
    help: "Refund at most what is left of the payment, and of the goods that are named.",
  },
} as const satisfies Record<string, ProblemKind>;
