import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { NotYet, Refused } from "../errors.ts";
import { standingOf, type Watched } from "../orders/order-news.ts";
import { orderAccess } from "./access.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";
import { orderEventsRoute } from "./event-routes.ts";
import { showHistory } from "./history-json.ts";
import type { Live } from "./live/live.ts";
import { streamOrder } from "./live/order-stream.ts";

/** A guest has one order, perhaps on several devices; a shop's server may follow many. */
const mostOfGuest = 20;
const mostOfShop = 1_000;
const retryAfterSeconds = 5;

/** What happened to an order: its history, and a stream of what happens from now on. */
export function addOrderEvents(
  app: OpenAPIHono<ApiEnv>,
  { db }: Pick<ApiParts, "db">,
  live: Live,
): void {
  app.openapi({ ...orderEventsRoute, middleware: [orderAccess(db)] }, async (c) => {
    const { order, isGuest } = c.get("access");
    // An empty one is what a client has that has read nothing yet.
    const known = c.req.valid("header")["last-event-id"] || c.req.valid("query").after;
    const from = { orderId: order.id, after: known ?? 0 };
    c.header("Vary", "Origin, Accept");
    if (!wantsStream(c)) {
      return c.json({ data: await showHistory(db, order.id, { isGuest }, from.after) }, 200);
    }
    const { isOver, hasMore } = await standingOf(db, from);
    if (isOver && !hasMore) return c.body(null, 204);
    return answerStream(c, live, from);
  });
}

function wantsStream(c: Context): boolean {
  const type = accepts(c, {
    header: "Accept",
    supports: ["application/json", "text/event-stream"],
    default: "application/json",
  });
  return type === "text/event-stream";
}

function answerStream(c: Context<ApiEnv>, { streams, orders }: Live, from: Watched): Response {
  const { order, isGuest, actor } = c.get("access");
  const caller = isGuest
    ? { name: `guest:${order.id}`, most: mostOfGuest }
    : { name: actor, most: mostOfShop };
  const refused = streams.refusal(caller);
  if (refused) throw refusal(c, refused);
  c.set("stream", (outgoing) =>
    streams.open(caller, outgoing, (stream) => streamOrder(stream, orders, from, { isGuest })),
  );
  // Routers must pass each part on as it comes: not hold it back, not pack it, not keep it.
  c.header("X-Accel-Buffering", "no");
  c.header("Cache-Control", "no-store, no-transform");
  return c.body(null, 200, { "Content-Type": "text/event-stream; charset=utf-8" });
}

function refusal(c: Context, why: "caller" | "process" | "stopping"): Error {
  c.header("Retry-After", String(retryAfterSeconds));
  if (why === "caller") {
    return new Refused("too_many_streams", "You follow as many streams as you may at a time.");
  }
  return new NotYet("no_more_streams", `No more streams here: ${why}.`, retryAfterSeconds);
}
