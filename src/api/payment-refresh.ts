import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { inOneStatement } from "../db/transaction.ts";
import { orderAccess } from "./access.ts";
import { answer, refusals, secretKeyOrToken } from "./documentation.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";
import { orderSchema } from "./order-schemas.ts";
import { readOrder } from "./read-order.ts";
import { refreshDesk } from "./refresh-desk.ts";
import { idempotencyHeaders } from "./schemas.ts";

const route = createRoute({
  method: "post",
  path: "/v1/orders/{id}/payment/refresh",
  tags: ["Orders"],
  summary: "Ask Stripe how the payment stands",
  description:
    "For a customer who comes back from paying: what Stripe says is applied before this answers, " +
    "or, where Stripe is slow, soon after (202). It may be called as often as you like: Stripe " +
    "is asked about a payment every five seconds at most. The Idempotency-Key is required, as it " +
    "is on every POST, and has no effect here.",
  security: secretKeyOrToken,
  request: {
    params: z.object({ id: z.string().openapi({ description: "The order's id, a UUID." }) }),
    headers: idempotencyHeaders,
  },
  responses: {
    200: answer("The order as Stripe and we know it now.", orderSchema),
    202: answer(
      "Stripe has not answered yet: read the order after the seconds in Retry-After.",
      orderSchema,
    ),
    ...refusals("invalid_header", "unauthorized", "forbidden", "order_not_found", "order_expired"),
  },
});

/** Lets a customer who returns know at once. It asks by a job, and changes nothing by itself. */
export function addPaymentRefresh(app: OpenAPIHono<ApiEnv>, parts: ApiParts): void {
  const { db } = parts;
  const refresh = refreshDesk(parts);

  app.openapi({ ...route, middleware: [orderAccess(db)] }, async (c) => {
    const { order: glance } = c.get("access");
    const known = await inOneStatement(db, () => refresh(glance.id));
    const { order, json } = await readOrder(parts, glance.id, c.get("access"));
    c.header("ETag", `"${order.version}"`);
    if (known.isKnown) return c.json(json, 200);
    c.header("Retry-After", String(known.retrySeconds));
    return c.json(json, 202);
  });
}
