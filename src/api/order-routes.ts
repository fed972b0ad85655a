import { createRoute, z } from "@hono/zod-openapi";
import {
  answer,
  anyKey,
  body,
  ofOrder,
  optionalBody,
  refusals,
  secretKey,
  secretKeyOrToken,
  underKey,
  withBody,
} from "./documentation.ts";
import { cancelWish, newOrder } from "./order-requests.ts";
import { orderPage, orderQuery, orderSchema } from "./order-schemas.ts";
import { idempotencyHeaders, preferHeader } from "./schemas.ts";

/** The addresses of orders, as OpenAPI knows them. */

const tags = ["Orders"];
const orderId = z.object({ id: z.string().openapi({ description: "The order's id, a UUID." }) });

const placed = z.object({
  location: z.string().openapi({ example: "/v1/orders/0190..." }),
  "idempotent-replayed": z.string().optional().openapi({ description: "true for a replay" }),
  "preference-applied": z.string().optional().openapi({ example: "wait=10" }),
});

export const placeRoute = createRoute({
  method: "post",
  path: "/v1/orders",
  tags,
  summary: "Place an order",
  description:
    "Priced from the catalogue. The stock is held right afterwards: watch the order until it " +
    "awaits payment, or is rejected. With Prefer: wait=10 the answer waits for that: 201 with " +
    "the payment's client secret, or with the status rejected; 202 when it takes longer. With " +
    "checkout: false it stays a draft, which holds nothing. The answer carries the order's " +
    "token, also in a replay; once the order has expired, a replay is 410 to guests.",
  security: anyKey,
  request: {
    headers: idempotencyHeaders.extend({ prefer: preferHeader }),
    body: body(newOrder),
  },
  responses: {
    201: {
      ...answer("As preferred: the order can be paid, or it is rejected.", orderSchema),
      headers: placed,
    },
    202: { ...answer("The order is placed.", orderSchema), headers: placed },
    ...refusals(
      ...withBody,
      ...underKey,
      "unauthorized",
      "adjustments_need_secret_key",
      "order_expired",
      "unavailable_goods",
      "total_out_of_range",
    ),
  },
});

export const listRoute = createRoute({
  method: "get",
  path: "/v1/orders",
  tags,
  summary: "List the shop's orders",
  description:
    "Newest first, without their lines. Expired orders only with status=expired; with " +
    "attention=true all that call for a person's look. E-mails match exactly.",
  security: secretKey,
  request: { query: orderQuery },
  responses: {
    200: answer("A page of orders.", orderPage),
    ...refusals("invalid_query", "unauthorized", "forbidden"),
  },
});

export const readRoute = createRoute({
  method: "get",
  path: "/v1/orders/{id}",
  tags,
  summary: "Read an order",
  description:
    "With the payment's client secret while it can be paid. Expired orders are 410 to guests.",
  security: secretKeyOrToken,
  request: { params: orderId },
  responses: {
    200: answer("The order.", orderSchema),
    ...refusals(...ofOrder, "order_expired"),
  },
});

export const cancelRoute = createRoute({
  method: "post",
  path: "/v1/orders/{id}/cancel",
  tags,
  summary: "Cancel an order",
  description:
    "202 while Stripe is asked whether money is on its way: whoever is first, the payment or " +
    "the cancellation, wins. A paid order is cancelled as far as it is not shipped, and only " +
    "with a word on its money: refund full or none; customers by themselves for a while, and in " +
    "full. With lines, or where some was shipped, full is what these goods are worth: their " +
    "price with their share of discounts and taxes, without shipping; once nothing is left to " +
    "ship, such an order is completed.",
  security: secretKeyOrToken,
  request: { params: orderId, headers: idempotencyHeaders, body: optionalBody(cancelWish) },
  responses: {
    200: answer("The order, or what was named of it, is cancelled.", orderSchema),
    202: answer("The order is being cancelled.", orderSchema),
    ...refusals(
      ...withBody,
      ...underKey,
      ...ofOrder,
      "order_is_paid",
      "order_not_paid",
      "nothing_to_ship",
      "quantity_too_large",
      "hold_too_small",
      "refund_uneven",
      "refund_is_due",
      "dispute_open",
      "dispute_lost",
      "paid_elsewhere",
      "payment_under_review",
      "order_expired",
    ),
  },
});
