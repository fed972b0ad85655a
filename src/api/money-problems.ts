/** What a problem is: its status, what it is called, and what its page tells to do. */
export type ProblemKind = { status: number; title: string; help: string };

/** What can go wrong with the money of an order that is paid, or was. */
export const moneyProblems = {
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
    help: "There is nothing to refund or to ship. An unpaid order is cancelled as a whole.",
  },
  payment_not_captured: {
    status: 409,
    title: "That payment took no money",
    help: "Name one of the order's payments that was captured, or none.",
  },
  dispute_open: {
    status: 409,
    title: "The customer's bank disputes the payment",
    help: "Answer it in Stripe's dashboard: until it is closed nothing is refunded or shipped.",
  },
  dispute_lost: {
    status: 409,
    title: "The customer's bank has taken the payment back",
    help: "There is nothing left to refund, and nothing ships. Cancel it with refund none.",
  },
  paid_elsewhere: {
    status: 409,
    title: "The order was not paid through Stripe",
    help:
      "Give the money back the way it came: the detail says where it is to be found. An operator " +
      'puts that on record. To cancel the order before that, send {"refund": "none"}.',
  },
  nothing_left_to_refund: {
    status: 409,
    title: "All of it has been given back",
    help: "GET /v1/orders/{id}/refunds lists the refunds, those made at Stripe among them.",
  },
  payment_under_review: {
    status: 409,
    title: "The order's payment is under review",
    help: "Money came that does not match the order. The shop can refund it.",
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
  refund_uneven: {
    status: 422,
    title: "Stripe does not give back such an amount",
    help: "In some currencies it takes steps only: ISK 10.00, but not 10.50. Round the amount.",
  },
} as const satisfies Record<string, ProblemKind>;
