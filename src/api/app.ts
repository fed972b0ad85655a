import { OpenAPIHono } from "@hono/zod-openapi";
import { createOps } from "../ops/app.ts";
import { orderTokens } from "../orders/order-token.ts";
import { cors, preflight } from "./cors.ts";
import { answerInTime, createPulse } from "./deadline.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";
import { addFeed } from "./feed.ts";
import { frame } from "./frame.ts";
import { addHealth } from "./health.ts";
import { keyRing } from "./key-ring.ts";
import { createLive } from "./live/live.ts";
import { takeOver } from "./live/take-over.ts";
import { addMessageWebhooks } from "./message-webhooks.ts";
import { addOrderChanges } from "./order-changes.ts";
import { addOrderEvents } from "./order-events.ts";
import { addOrders } from "./orders.ts";
import { addPages } from "./pages.ts";
import { addPaymentRefresh } from "./payment-refresh.ts";
import { answerError, answerUnknownAddress } from "./problem-response.ts";
import { addProducts } from "./products.ts";
import { addReference } from "./reference.ts";
import { addRefunds } from "./refunds.ts";
import { addShipments } from "./shipments.ts";
import { addStock } from "./stock.ts";
import { addStripeWebhook } from "./stripe-webhook.ts";
import { refuseInvalid } from "./validation.ts";
import { addWebhookEndpoints } from "./webhook-endpoints.ts";
import { addWebhookReplays } from "./webhook-replays.ts";

/**
 * Aurora's face: the storefront's API, the suppliers' webhooks, health, the API reference and the
 * operators' pages. It needs PostgreSQL; without Redis it does all but show the queues.
 */
export function createApp(parts: ApiParts): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid });
  const keys = keyRing(parts.db);
  const tokens = orderTokens(parts.serverKey);
  const live = createLive(parts);
  const pulse = createPulse(parts.healthDb);

  app.use(takeOver(), frame(parts.log));
  app.use(async (c, next) => {
    c.set("keys", keys);
    c.set("tokens", tokens);
    await next();
  });
  app.use("/v1/*", cors(), answerInTime(pulse), preflight());
  addOrders(app, parts, live);
  addOrderEvents(app, parts, live);
  addFeed(app, parts, live);
  addOrderChanges(app, parts, live);
  addPaymentRefresh(app, parts);
  addRefunds(app, parts);
  addShipments(app, parts);
  addProducts(app, parts);
  addStock(app, parts);
  addStripeWebhook(app, parts);
  addWebhookEndpoints(app, parts);
  addWebhookReplays(app, parts);
  addMessageWebhooks(app, parts);
  addHealth(app, parts, pulse);
  addReference(app);
  addPages(app);
  app.route("/ops", createOps({ ...parts, db: parts.searchDb }));

  app.notFound((c) => answerUnknownAddress(c, app.routes));
  app.onError((error, c) => answerError(error, c, parts.log));
  return app;
}
