import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { Refused } from "../errors.ts";
import { fingerprints } from "../fingerprint.ts";
import { findOrder } from "../orders/find-order.ts";
import { orderAccess } from "./access.ts";
import { jsonBody } from "./body.ts";
import { answer, body, refusals, secretKey } from "./documentation.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";
import { returnJson, shipmentJson, writtenBy } from "./fulfilment-json.ts";
import { newReturn, newShipment, returnSchema, shipmentSchema } from "./fulfilment-schemas.ts";
import { orderWrites } from "./order-writes.ts";
import { idempotencyHeaders } from "./schemas.ts";

const tags = ["Shipments"];
const orderId = z.object({ id: z.string().openapi({ description: "The order's id, a UUID." }) });

const common = [
  ...(["malformed_json", "invalid_header", "unauthorized", "forbidden"] as const),
  ...(["order_not_found", "lock_timeout", "payload_too_large"] as const),
  ...(["unsupported_media_type", "invalid_body", "idempotency_key_reused"] as const),
  ...(["quantity_too_large", "dispute_open", "dispute_lost"] as const),
] as const;

const createShipment = createRoute({
  method: "post",
  path: "/v1/orders/{id}/shipments",
  tags,
  summary: "Ship goods of a paid order",
  description:
    "One parcel, of all that is left or of some quantities. The goods leave the stock and the " +
    "order's hold; the customer gets a mail, and an SMS, with the tracking. The order is " +
    "fulfilling, and completed once every line is shipped or cancelled. Nothing ships while a " +
    "bank disputes the payment, or once its money went back.",
  security: secretKey,
  request: { params: orderId, headers: idempotencyHeaders, body: body(newShipment) },
  responses: {
    201: answer("The shipment is on record.", shipmentSchema),
    ...refusals(
      ...common,
      "order_not_paid",
      "nothing_to_ship",
      "order_is_refunded",
      "hold_too_small",
    ),
  },
});

const createReturn = createRoute({
  method: "post",
  path: "/v1/orders/{id}/returns",
  tags,
  summary: "Take shipped goods back",
  description:
    "What is restocked is for sale again at once. With refund full goes back what these " +
    "goods are worth, as far as it did not before: their price with their share of the order's " +
    "discounts and taxes, without shipping, and at most what is left of the payment. To give " +
    "back another amount, say none and refund it by POST /v1/orders/{id}/refunds.",
  security: secretKey,
  request: { params: orderId, headers: idempotencyHeaders, body: body(newReturn) },
  responses: {
    201: answer("The return is on record.", returnSchema),
    ...refusals(...common, "nothing_shipped", "paid_elsewhere", "refund_uneven"),
  },
});

/** Shipments and returns over HTTP, for the shop's own server. */
export function addShipments(app: OpenAPIHono<ApiEnv>, parts: ApiParts): void {
  const { ship, takeBack } = orderWrites(parts);
  const fingerprint = fingerprints(parts.serverKey);
  const middleware = [orderAccess(parts.db, "shop"), jsonBody()];

  app.openapi({ ...createShipment, middleware }, async (c) => {
    const { order, actor } = c.get("access");
    const wanted = c.req.valid("json");
    const { id, replayed } = await ship({
      ...{ orderId: order.id, shopId: order.shopId, actor },
      idempotencyKey: c.req.valid("header")["idempotency-key"],
      fingerprint: fingerprint({ ship: order.id, ...wanted }),
      lines: wanted.lines ?? null,
      carrier: wanted.carrier,
      trackingNumber: wanted.trackingNumber ?? null,
      trackingUrl: wanted.trackingUrl ?? null,
    });
    const { shipments, lines } = await readMade(parts, order.id);
    const made = shipments.find((shipment) => shipment.id === id);
    if (!made) throw notFound();
    if (replayed) c.header("Idempotent-Replayed", "true");
    return c.json(shipmentJson(made, writtenBy(lines)), 201);
  });

  app.openapi({ ...createReturn, middleware }, async (c) => {
    const { order, actor } = c.get("access");
    const wanted = c.req.valid("json");
    const { id, replayed } = await takeBack({
      ...{ orderId: order.id, shopId: order.shopId, actor },
      idempotencyKey: c.req.valid("header")["idempotency-key"],
      fingerprint: fingerprint({ return: order.id, ...wanted }),
      lines: wanted.lines,
      refund: wanted.refund,
      note: wanted.note ?? null,
    });
    const { returns, lines } = await readMade(parts, order.id);
    const made = returns.find((each) => each.id === id);
    if (!made) throw notFound();
    if (replayed) c.header("Idempotent-Replayed", "true");
    return c.json(returnJson(made, writtenBy(lines), { isGuest: false }), 201);
  });
}

async function readMade({ db }: ApiParts, orderId: string) {
  const order = await findOrder(db, orderId);
  if (!order) throw notFound();
  return { ...order.fulfilment, lines: order.lines };
}

function notFound(): Refused {
  return new Refused("order_not_found", "There is no such order.");
}
