import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { Refused } from "../errors.ts";
import { fingerprints } from "../fingerprint.ts";
import { type RefundView, refundsOf } from "../orders/refunds/list-refunds.ts";
import { refundReasons as reasons } from "../orders/refunds/refund-reasons.ts";
import { refundStatuses } from "../payments/lifecycle.ts";
import { orderAccess } from "./access.ts";
import { jsonBody } from "./body.ts";
import { answer, body, ofOrder, refusals, secretKey, underKey, withBody } from "./documentation.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";
import { orderWrites } from "./order-writes.ts";
import { amountMinor, idempotencyHeaders, line, quantity, sku } from "./schemas.ts";

const tags = ["Refunds"];
const orderId = z.object({ id: z.string().openapi({ description: "The order's id, a UUID." }) });

const mostLines = 1_000;

const newRefund = z
  .strictObject({
    amountMinor: amountMinor(1)
      .optional()
      .openapi({ description: "Left out: what the lines are worth, else all that is left." }),
    lines: z
      .array(z.strictObject({ sku, quantity }), "Must be a list of lines.")
      .min(1, "Must have at least one line.")
      .max(mostLines, `Must have at most ${mostLines} lines.`)
      .optional()
      .openapi({ description: "The goods that it is for: none is refunded twice." }),
    reason: z.enum(reasons, `Must be one of ${reasons.join(", ")}.`),
    note: line(500).optional().openapi({ description: "For the shop; customers don't see it." }),
  })
  .openapi("NewRefund", { example: { amountMinor: 500, reason: "damaged" } });

const refundSchema = z
  .object({
    id: z.uuid(),
    orderId: z.uuid(),
    status: z.enum(refundStatuses as [RefundView["status"]]).openapi({ example: "requested" }),
    amountMinor: z.int().openapi({ example: 500 }),
    currency: z.string().openapi({ example: "gbp" }),
    reason: z.string().openapi({ example: "damaged" }),
    note: z.string().nullable(),
    failure: z.string().nullable().openapi({ description: "Why it failed.", example: null }),
    lines: z.array(z.object({ sku: z.string(), quantity: z.int() })),
    createdAt: z.iso.datetime(),
    settledAt: z.iso.datetime().nullable(),
  })
  .openapi("Refund");

const createRefund = createRoute({
  method: "post",
  path: "/v1/orders/{id}/refunds",
  tags,
  summary: "Give money back",
  description:
    "Whole or in part, by amount or by lines, never more than was taken. Lines are worth their " +
    "price with their share of the order's discounts and taxes, without shipping. The refund is " +
    "on record when this answers; Stripe is asked right after: watch its status. The customer " +
    "gets a mail.",
  security: secretKey,
  request: { params: orderId, headers: idempotencyHeaders, body: body(newRefund) },
  responses: {
    202: answer("The refund is on its way.", refundSchema),
    ...refusals(
      ...withBody,
      ...underKey,
      ...ofOrder,
      "order_not_paid",
      "dispute_open",
      "dispute_lost",
      "paid_elsewhere",
      "nothing_left_to_refund",
      "refund_too_large",
      "refund_uneven",
    ),
  },
});

const listRefunds = createRoute({
  method: "get",
  path: "/v1/orders/{id}/refunds",
  tags,
  summary: "List an order's refunds",
  description: "Also those that were made at Stripe itself.",
  security: secretKey,
  request: { params: orderId },
  responses: {
    200: answer("Oldest first.", z.object({ data: z.array(refundSchema) })),
    ...refusals(...ofOrder),
  },
});

/** Refunds over HTTP, for the shop's own server. */
export function addRefunds(app: OpenAPIHono<ApiEnv>, parts: ApiParts): void {
  const { refund } = orderWrites(parts);
  const fingerprint = fingerprints(parts.serverKey);

  app.openapi(
    { ...createRefund, middleware: [orderAccess(parts.db, "shop"), jsonBody()] },
    async (c) => {
      const { order, actor } = c.get("access");
      const wanted = c.req.valid("json");
      const { refundId, replayed } = await refund({
        orderId: order.id,
        shopId: order.shopId,
        idempotencyKey: c.req.valid("header")["idempotency-key"],
        fingerprint: fingerprint({ refund: order.id, ...wanted }),
        actor,
        paymentId: null,
        amountMinor: wanted.amountMinor ?? null,
        lines: wanted.lines ?? null,
        reason: wanted.reason,
        note: wanted.note ?? null,
        byHand: false,
      });
      const made = (await refundsOf(parts.db, order.id)).find(({ id }) => id === refundId);
      if (!made) throw new Refused("order_not_found", "There is no such refund.");
      if (replayed) c.header("Idempotent-Replayed", "true");
      return c.json(refundJson(made), 202);
    },
  );

  app.openapi({ ...listRefunds, middleware: [orderAccess(parts.db, "shop")] }, async (c) => {
    const refunds = await refundsOf(parts.db, c.get("access").order.id);
    return c.json({ data: refunds.map(refundJson) }, 200);
  });
}

function refundJson({ createdAt, settledAt, ...refund }: RefundView) {
  return {
    ...refund,
    createdAt: createdAt.toISOString(),
    settledAt: settledAt?.toISOString() ?? null,
  };
}
