import { setTimeout as pause } from "node:timers/promises";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { inOneStatement } from "../db/transaction.ts";
import { isRefreshed, type Refresh, refreshPayment } from "../orders/refresh-payment.ts";
import { orderAccess } from "./access.ts";
import { answer, refusals, secretKeyOrToken } from "./documentation.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";
import { orderSchema } from "./order-schemas.ts";
import { readOrder } from "./read-order.ts";
import { idempotencyHeaders } from "./schemas.ts";

/** So long the answer waits for Stripe's, and so often it looks whether that is here. */
const patienceMilliseconds = 1_500;
const pauseMilliseconds = 75;

const route = createRoute({
  method: "post",
  path: "/v1/orders/{id}/payment/refresh",
  tags: ["Orders"],
  summary: "Ask Stripe how the payment stands",
  description:
    "For a customer who comes back from paying: what Stripe says is applied before this answers, " +
    "or, where Stripe is slow, soon after (202). It may be called as often as you like. The " +
    "Idempotency-Key is required, as it is on every POST, and has no effect here.",
  security: secretKeyOrToken,
  request: {
    params: z.object({ id: z.string().openapi({ description: "The order's id, a UUID." }) }),
    headers: idempotencyHeaders,
  },
  responses: {
    200: answer("The order as Stripe and we know it now.", orderSchema),
    202: answer("Stripe has not answered yet: read the order in a moment.", orderSchema),
    ...refusals("invalid_header", "unauthorized", "forbidden", "order_not_found", "order_expired"),
  },
});

/** Lets a customer who returns know at once. It asks by a job, and changes nothing by itself. */
export function addPaymentRefresh(app: OpenAPIHono<ApiEnv>, parts: ApiParts): void {
  const { db, settings, hints } = parts;

  async function isDone(refresh: Refresh): Promise<boolean> {
    if (refresh === null) return true;
    const deadline = performance.now() + patienceMilliseconds;
    while (performance.now() < deadline) {
      if (await isRefreshed(db, refresh)) return true;
      await pause(pauseMilliseconds);
    }
    return false;
  }

  app.openapi({ ...route, middleware: [orderAccess(db)] }, async (c) => {
    const access = c.get("access");
    const asked = await inOneStatement(db, (db) => refreshPayment(db, settings, access.order.id));
    hints.send(asked.hints);
    const done = await isDone(asked.refresh);
    const { order, json } = await readOrder(parts, access.order.id, access);
    c.header("ETag", `"${order.version}"`);
    return c.json(json, done ? 200 : 202);
  });
}
