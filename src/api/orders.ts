import type { OpenAPIHono } from "@hono/zod-openapi";
import { Refused } from "../errors.ts";
import { findOrder } from "../orders/find-order.ts";
import { listOrders } from "../orders/list-orders.ts";
import { orderHistory } from "../orders/order-history.ts";
import { orderAccess, requireKey } from "./access.ts";
import { jsonBody } from "./body.ts";
import type { ApiEnv, ApiParts, OrderAccess } from "./environment.ts";
import { fingerprints } from "./fingerprint.ts";
import { contactOf, historyJson, placedOrder, showOrder, showOrders } from "./order-json.ts";
import { cancelRoute, eventsRoute, listRoute, placeRoute, readRoute } from "./order-routes.ts";
import { orderWrites } from "./order-writes.ts";

type Api = OpenAPIHono<ApiEnv>;

/** Orders over HTTP: each route validates, calls the domain and answers. */
export function addOrders(app: Api, parts: ApiParts): void {
  const writes = orderWrites(parts);
  const fingerprint = fingerprints(parts.serverKey);

  app.openapi({ ...placeRoute, middleware: [requireKey("any"), jsonBody()] }, async (c) => {
    const wanted = c.req.valid("json");
    const { shop, kind, actor } = c.get("holder");
    if (wanted.adjustments && kind !== "secret") throw needsSecretKey();
    if (wanted.currency && wanted.currency !== shop.currency) throw otherCurrency(shop.currency);

    const contact = contactOf(wanted);
    const placement = await writes.place({
      shop,
      idempotencyKey: c.req.valid("header")["idempotency-key"],
      fingerprint: fingerprint(wanted),
      lines: wanted.lines,
      adjustments: wanted.adjustments ?? [],
      contact: parts.contacts.seal(contact),
      locale: wanted.contact.locale,
      customerRef: wanted.customerRef ?? null,
      actor,
    });
    const reader = { isGuest: kind !== "secret" };
    const { order, json } =
      placement.outcome === "placed"
        ? placedOrder(placement.order, contact, reader)
        : await readOrder(parts, placement.orderId, reader);
    c.set("orderId", order.id);
    c.header("Location", `/v1/orders/${order.id}`);
    c.header("ETag", `"${order.version}"`);
    if (placement.outcome === "replayed") c.header("Idempotent-Replayed", "true");
    return c.json({ ...json, orderToken: c.get("tokens").tokenOf(order) }, 202);
  });

  app.openapi({ ...cancelRoute, middleware: [orderAccess(parts.db)] }, async (c) => {
    const { order, isGuest, actor } = c.get("access");
    refuseExpired(c.get("access"));
    const { outcome, replayed } = await writes.cancel({
      orderId: order.id,
      shopId: order.shopId,
      idempotencyKey: c.req.valid("header")["idempotency-key"],
      fingerprint: fingerprint({ cancel: order.id }),
      actor,
    });
    const { order: now, json } = await readOrder(parts, order.id, { isGuest });
    c.header("ETag", `"${now.version}"`);
    if (replayed) c.header("Idempotent-Replayed", "true");
    return c.json(json, outcome === "cancelled" ? 200 : 202);
  });

  addReading(app, parts);
}

function addReading(app: Api, parts: ApiParts): void {
  app.openapi({ ...readRoute, middleware: [orderAccess(parts.db)] }, async (c) => {
    const access = c.get("access");
    refuseExpired(access);
    c.header("ETag", `"${access.order.version}"`);
    return c.json(await showOrder(parts, access.order, access), 200);
  });

  app.openapi({ ...eventsRoute, middleware: [orderAccess(parts.db)] }, async (c) => {
    const { order, isGuest } = c.get("access");
    const history = await orderHistory(parts.db, order.id);
    return c.json({ data: historyJson(history, { isGuest }) }, 200);
  });

  app.openapi({ ...listRoute, middleware: [requireKey("secret")] }, async (c) => {
    const { status, email, from, to, limit, after } = c.req.valid("query");
    const orders = await listOrders(parts.db, {
      shopId: c.get("holder").shop.id,
      status,
      emailHashes: email ? parts.contacts.hashesOfEmail(email) : undefined,
      placedFrom: from ? new Date(from) : undefined,
      placedBefore: to ? new Date(to) : undefined,
      limit,
      after,
    });
    const nextCursor = orders.length === limit ? (orders.at(-1)?.id ?? null) : null;
    return c.json({ data: await showOrders(parts, orders, { isGuest: false }), nextCursor }, 200);
  });
}

async function readOrder(parts: ApiParts, orderId: string, reader: { isGuest: boolean }) {
  const order = await findOrder(parts.db, orderId);
  if (!order) throw new Refused("order_not_found", "There is no such order.");
  return { order, json: await showOrder(parts, order, reader) };
}

/** An expired order is over for its guest; its shop may still look. */
function refuseExpired({ order, isGuest }: OrderAccess): void {
  if (!isGuest || order.status !== "expired") return;
  throw new Refused(
    "order_expired",
    "The order has expired, because nobody paid in time. Place a new one.",
  );
}

function needsSecretKey(): Refused {
  return new Refused(
    "adjustments_need_secret_key",
    "A publishable key may not set adjustments: leave them out, or use the shop's secret key.",
    [{ field: "adjustments", message: "Only with a secret key." }],
  );
}

function otherCurrency(currency: string): Refused {
  return new Refused("invalid_body", `This shop sells in ${currency}.`, [
    { field: "currency", message: `Must be ${currency}, or left out.` },
  ]);
}
