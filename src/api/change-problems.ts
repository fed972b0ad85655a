import type { ProblemKind } from "./money-problems.ts";

/** What can keep an order from being changed or checked out. */
export const changeProblems = {
  order_not_draft: {
    status: 409,
    title: "The order is not a draft",
    help: "It was checked out before, or it is over: read the order.",
  },
  order_is_closing: {
    status: 409,
    title: "The order is being closed",
    help: "Read it again in a moment: it is then changed, paid, or over.",
  },
  order_is_over: {
    status: 409,
    title: "The order stays as it is",
    help: "It is cancelled, or it has left the house. Place a new order.",
  },
  payment_processing: {
    status: 409,
    title: "The order's payment is on its way",
    help: "It can be changed only if that payment fails. Its events tell.",
  },
  payment_still_open: {
    status: 409,
    title: "Money for the same goods may still come",
    help: "They were ordered twice. Try again when the other order's payment is over.",
  },
  contact_erased: {
    status: 409,
    title: "The customer was erased",
    help: "Place a new order: an erased person is not brought back.",
  },
  stale_version: {
    status: 412,
    title: "The order has changed since you read it",
    help: "Read the order again, and send its ETag in If-Match with what you still want to change.",
  },
  contact_needed: {
    status: 422,
    title: "Nobody knows whose order it is",
    help: "Set its contact with PATCH /v1/orders/{id}, then check it out.",
  },
  if_match_required: {
    status: 428,
    title: "The request does not say which version of the order it is meant for",
    help: 'Send the ETag of the order that you read in If-Match, such as If-Match: "7".',
  },
} as const satisfies Record<string, ProblemKind>;
