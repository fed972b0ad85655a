import { opsProblems } from "../ops/api/ops-problems.ts";
import { changeProblems } from "./change-problems.ts";
import { moneyProblems, type ProblemKind } from "./money-problems.ts";
import { shippingProblems } from "./shipping-problems.ts";
import { webhookProblems } from "./webhook-problems.ts";

/**
 * Everything that can go wrong with a request, by its stable name: the `type` of a problem
 * (RFC 9457) is `/problems/<name>`, and `help` is what its page tells.
 */
export const problems = {
  malformed_json: {
    status: 400,
    title: "The body is not valid JSON",
    help: "Send one JSON object in UTF-8. A linter shows the place of the fault.",
  },
  invalid_header: {
    status: 400,
    title: "A header is missing or wrong",
    help:
      "Every POST under /v1 but the webhooks needs an Idempotency-Key of 20 to 255 " +
      "printable ASCII characters, such as a UUID. Use the same key when you repeat a " +
      "request, a new one for a new request.",
  },
  invalid_query: {
    status: 400,
    title: "A query parameter is wrong",
    help: "The API reference lists the parameters of each address; others are refused.",
  },
  bad_request: {
    status: 400,
    title: "The request can't be read",
    help: "Compare the request with the API reference.",
  },
  webhook_not_genuine: {
    status: 400,
    title: "The webhook is not signed by whom it says it is from",
    help:
      "Set STRIPE_WEBHOOK_SECRET to the signing secret of the endpoint that calls (for SendGrid " +
      "SENDGRID_WEBHOOK_KEY, for Twilio TWILIO_AUTH_TOKEN and PUBLIC_URL), and pass the body on " +
      "byte for byte.",
  },
  webhook_too_old: {
    status: 400,
    title: "The webhook was signed too long ago",
    help: "Check this machine's clock. Who posts an event again signs it again.",
  },
  webhook_from_the_future: {
    status: 400,
    title: "The webhook's timestamp lies ahead of time",
    help: "Check this machine's clock: it is more than five minutes behind.",
  },
  unauthorized: {
    status: 401,
    title: "No valid key or token",
    help:
      "Send Authorization: Bearer with a key of the shop (pk_... or sk_...) or, for one " +
      "order, its token. npm run keys makes keys.",
  },
  forbidden: {
    status: 403,
    title: "This key may not do that",
    help:
      "Publishable keys read products and place orders; everything else needs the secret " +
      "key, or the order's own token.",
  },
  adjustments_need_secret_key: {
    status: 403,
    title: "Adjustments need a secret key",
    help:
      "Shipping, discounts and taxes are set by the shop's server. From a browser, leave " +
      "adjustments out.",
  },
  order_not_found: {
    status: 404,
    title: "There is no such order",
    help: "Check the id, and that the key belongs to the order's shop or the token to this order.",
  },
  product_not_found: {
    status: 404,
    title: "There is no such product",
    help: "Check the SKU, or add the product with PUT /v1/products/{sku}.",
  },
  not_found: {
    status: 404,
    title: "There is nothing at this address",
    help: "The API reference lists every address.",
  },
  method_not_allowed: {
    status: 405,
    title: "This address does not know that method",
    help: "The header Allow names the methods that this address knows.",
  },
  lock_timeout: {
    status: 409,
    title: "Another request is at work on this",
    help: "Repeat the request with the same Idempotency-Key after the seconds in Retry-After.",
  },
  ...moneyProblems,
  ...shippingProblems,
  ...opsProblems,
  ...changeProblems,
  ...webhookProblems,
  stock_is_held: {
    status: 409,
    title: "Orders hold this stock",
    help: "Take away less, or cancel some of the orders that are named first.",
  },
  not_enough_on_hand: {
    status: 409,
    title: "There is not so much on hand",
    help: "Take away at most what is on hand: GET /v1/stock/{sku} tells how much.",
  },
  stock_out_of_range: {
    status: 409,
    title: "That is more than can be on hand",
    help: "Check the quantity.",
  },
  cursor_ahead: {
    status: 409,
    title: "The cursor is ahead of the database",
    help:
      "The database was restored to an earlier time than the cursor's. Once an operator has said " +
      "so (npm run installation -- keep), go on with the same cursor: whatever happens from then " +
      "on stands behind it.",
  },
  order_expired: {
    status: 410,
    title: "The order has expired",
    help: "It ended before its money came. Place a new order.",
  },
  payload_too_large: {
    status: 413,
    title: "The body is too large",
    help: "Send at most 256 KB.",
  },
  unsupported_media_type: {
    status: 415,
    title: "The body is not application/json",
    help: "Send the header Content-Type: application/json.",
  },
  invalid_body: {
    status: 422,
    title: "The body does not fit",
    help: "Mend the fields that are named under errors. The API reference shows what fits.",
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
  idempotency_key_reused: {
    status: 422,
    title: "The Idempotency-Key came with another request",
    help: "A key stands for one request for seven days. Use a new key for a new request.",
  },
  refused: {
    status: 422,
    title: "The request is refused",
    help: "The detail says why. The same request again will not help.",
  },
  too_many_streams: {
    status: 429,
    title: "Too many streams are open",
    help: "Close some of your streams, or open this one again after the seconds in Retry-After.",
  },
  internal_error: {
    status: 500,
    title: "Aurora failed",
    help:
      "The fault is ours and is in our log under the requestId. Repeat the request with " +
      "the same Idempotency-Key.",
  },
  unavailable: {
    status: 503,
    title: "Aurora can't answer at the moment",
    help:
      "Repeat the request with the same Idempotency-Key after the seconds in Retry-After: " +
      "nothing is done twice.",
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemName = keyof typeof problems;

export function isProblemName(name: string): name is ProblemName {
  return Object.hasOwn(problems, name);
}
