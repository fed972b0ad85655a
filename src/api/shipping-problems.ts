import type { ProblemKind } from "./money-problems.ts";

/** What can go wrong with goods that are to ship, to be cancelled, or to come back. */
export const shippingProblems = {
  nothing_to_ship: {
    status: 409,
    title: "Nothing of the order is left to ship",
    help:
      "Every line is shipped or cancelled: GET /v1/orders/{id} lists the shipments. What was " +
      "shipped comes back by POST /v1/orders/{id}/returns.",
  },
  nothing_shipped: {
    status: 409,
    title: "Nothing of the order was shipped",
    help: "What was not shipped can't return. POST /v1/orders/{id}/cancel cancels it instead.",
  },
  order_is_refunded: {
    status: 409,
    title: "All of the order's money went back",
    help: "It is not paid for any more. Cancel what is not shipped, with refund none.",
  },
  hold_too_small: {
    status: 409,
    title: "The order does not hold what it sold",
    help:
      "Its stock is not what its record says, and nothing of it ships or is freed until an " +
      "operator has looked: npm run invariants tells what differs.",
  },
  quantity_too_large: {
    status: 422,
    title: "That is more than the order has left",
    help: "The errors name each such line, and how many of it can still be shipped or returned.",
  },
} as const satisfies Record<string, ProblemKind>;
