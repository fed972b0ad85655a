import type { OpenAPIHono } from "@hono/zod-openapi";
import { fingerprints } from "../fingerprint.ts";
import { listOrders } from "../orders/list-orders.ts";
import { orderAccess, requireKey } from "./access.ts";
import { asPreferred, type Shown } from "./await-payable.ts";
import { jsonBody, optionalJsonBody } from "./body.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";
import type { Live } from "./live/live.ts";
import { contactOf, placedOrder, showListed } from "./order-json.ts";
import { needsSecretKey, onlyTheShop, otherCurrency, withoutReasons } from "./order-refusals.ts";
import { cancelRoute, listRoute, placeRoute, readRoute } from "./order-routes.ts";
import { type OrderWrites, orderWrites } from "./order-writes.ts";
import { readOrder } from "./read-order.ts";

type Api = OpenAPIHono<ApiEnv>;

/** Orders over HTTP: each route validates, calls the domain and answers. */
export function addOrders(app: Api, parts: ApiParts, live: Live): void {
  const writes = orderWrites(parts);
  const fingerprint = fingerprints(parts.serverKey);

  app.openapi({ ...placeRoute, middleware: [requireKey("any"), jsonBody()] }, async (c) => {
    const wanted = c.req.valid("json");
    const { shop, kind, actor } = c.get("holder");
    if (wanted.adjustments && kind !== "secret") throw needsSecretKey();
    if (wanted.currency && wanted.currency !== shop.currency) throw otherCurrency(shop.currency);

    const contact = contactOf(wanted);
    const reader = { isGuest: kind !== "secret" };
    const placing = writes.place({
      shop,
      idempotencyKey: c.req.valid("header")["idempotency-key"],
      fingerprint: fingerprint(wanted),
      lines: wanted.lines,
      adjustments: wanted.adjustments ?? [],
      contact: contact && parts.contacts.seal(contact),
      checkout: wanted.checkout,
      locale: wanted.contact?.locale ?? "en",
      customerRef: wanted.customerRef ?? null,
      actor,
    });
    const placement = await placing.catch((error) => {
      throw reader.isGuest ? withoutReasons(error) : error;
    });
    const first: Shown =
      placement.outcome === "placed"
        ? placedOrder(placement.order, contact, reader)
        : await readOrder(parts, placement.orderId, reader);
    const { order, json, isDecided } = await asPreferred(c, live.desk, first, () =>
      readOrder(parts, first.order.id, reader),
    );
    c.set("orderId", order.id);
    c.header("Location", `/v1/orders/${order.id}`);
    c.header("ETag", `"${order.version}"`);
    if (placement.outcome === "replayed") c.header("Idempotent-Replayed", "true");
    return c.json({ ...json, orderToken: c.get("tokens").tokenOf(order) }, isDecided ? 201 : 202);
  });

  addCancelling(app, parts, writes);
  addReading(app, parts);
}

function addCancelling(app: Api, parts: ApiParts, writes: OrderWrites): void {
  const fingerprint = fingerprints(parts.serverKey);

  app.openapi(
    { ...cancelRoute, middleware: [orderAccess(parts.db), optionalJsonBody()] },
    async (c) => {
      const { order, isGuest, actor } = c.get("access");
      const { refund = null, lines = null } = c.req.valid("json");
      if (lines && isGuest) throw onlyTheShop();
      // Reading it says why it is over, and what becomes of money that came late.
      if (isGuest && order.status === "expired") await readOrder(parts, order.id, { isGuest });
      const { outcome, replayed } = await writes.cancel({
        orderId: order.id,
        shopId: order.shopId,
        idempotencyKey: c.req.valid("header")["idempotency-key"],
        fingerprint: fingerprint({
          cancel: order.id,
          ...(refund && { refund }),
          ...(lines && { lines }),
        }),
        actor,
        refund,
        lines,
        isGuest,
      });
      const { order: now, json } = await readOrder(parts, order.id, { isGuest });
      c.header("ETag", `"${now.version}"`);
      if (replayed) c.header("Idempotent-Replayed", "true");
      return c.json(json, outcome === "cancelled" ? 200 : 202);
    },
  );
}

function addReading(app: Api, parts: ApiParts): void {
  app.openapi({ ...readRoute, middleware: [orderAccess(parts.db)] }, async (c) => {
    const access = c.get("access");
    const { order, json } = await readOrder(parts, access.order.id, access);
    c.header("ETag", `"${order.version}"`);
    return c.json(json, 200);
  });

  app.openapi({ ...listRoute, middleware: [requireKey("secret")] }, async (c) => {
    const { status, attention, email, from, to, limit, after } = c.req.valid("query");
    const orders = await listOrders(parts.searchDb, {
      shopId: c.get("holder").shop.id,
      status,
      callsForAPerson: attention === "true",
      emailHashes: email ? parts.contacts.hashesOfEmail(email) : undefined,
      placedFrom: from ? new Date(from) : undefined,
      placedBefore: to ? new Date(to) : undefined,
      limit,
      after,
    });
    const nextCursor = orders.length === limit ? (orders.at(-1)?.id ?? null) : null;
    return c.json({ data: orders.map((order) => showListed(parts, order)), nextCursor }, 200);
  });
}
