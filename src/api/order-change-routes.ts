import { createRoute, z } from "@hono/zod-openapi";
import {
  answer,
  body,
  ofOrder,
  optionalBody,
  refusals,
  secretKeyOrToken,
  underKey,
  withBody,
} from "./documentation.ts";
import { orderPatch } from "./order-requests.ts";
import { editPreview, orderSchema, repriced } from "./order-schemas.ts";
import { idempotencyHeaders, preferHeader } from "./schemas.ts";

/** The addresses of changes to orders, as OpenAPI knows them. */

const tags = ["Orders"];
const orderId = z.object({ id: z.string().openapi({ description: "The order's id, a UUID." }) });

const checkedOut = orderSchema.extend({ repriced });

export const checkoutRoute = createRoute({
  method: "post",
  path: "/v1/orders/{id}/checkout",
  tags,
  summary: "Check a draft out",
  description:
    "Priced anew from the catalogue: where something costs otherwise than when it was drafted, " +
    "repriced says so. Its stock is held right afterwards, as of an order that was placed. With " +
    "Prefer: wait=10 the answer waits for that: 200 with the payment's client secret, or with " +
    "the status rejected; 202 when it takes longer.",
  security: secretKeyOrToken,
  request: {
    params: orderId,
    headers: idempotencyHeaders.extend({ prefer: preferHeader }),
    body: optionalBody(z.strictObject({}).openapi("Checkout")),
  },
  responses: {
    200: answer("As preferred: the order can be paid, or it is rejected.", checkedOut),
    202: answer("The order looks for its stock.", checkedOut),
    ...refusals(
      ...withBody,
      ...underKey,
      ...ofOrder,
      "order_not_draft",
      "order_is_over",
      "payment_still_open",
      "order_expired",
      "contact_needed",
      "unavailable_goods",
      "total_out_of_range",
    ),
  },
});

export const editRoute = createRoute({
  method: "patch",
  path: "/v1/orders/{id}",
  tags,
  summary: "Change an order",
  description:
    "Goods as long as nobody has paid, contact and address until it is shipped. Lists are " +
    "replaced whole and priced anew; what is not named stays. Of an order that can be paid, the " +
    "payment is cancelled at Stripe first and another takes its place; the answer waits up to " +
    "five seconds for that. 202: not known yet, the event edited or edit_refused tells. If the " +
    "customer pays meanwhile, the order is paid as it was (409). A rejected order becomes a " +
    "draft again. With dryRun=true nothing is changed, and the answer says what would be.",
  security: secretKeyOrToken,
  request: {
    params: orderId,
    headers: z.object({
      "if-match": z.string().optional().openapi({
        example: '"7"',
        description: "The ETag of the order that you read. Required.",
      }),
    }),
    query: z.strictObject({
      dryRun: z.enum(["true", "false"], "Must be true or false.").optional(),
    }),
    body: body(orderPatch),
  },
  responses: {
    200: answer(
      "The order as it is now, or what would become of it.",
      z.union([orderSchema, editPreview]),
    ),
    202: answer("Stripe has not answered yet, or the stock is still looked for.", orderSchema),
    ...refusals(
      ...withBody,
      ...ofOrder,
      "invalid_query",
      "adjustments_need_secret_key",
      "lock_timeout",
      "order_is_paid",
      "order_is_closing",
      "order_is_over",
      "payment_processing",
      "payment_still_open",
      "payment_under_review",
      "contact_erased",
      "order_expired",
      "stale_version",
      "unavailable_goods",
      "total_out_of_range",
      "if_match_required",
    ),
  },
});
