import type { OpenAPIHono } from "@hono/zod-openapi";
import { inOneStatement } from "../db/transaction.ts";
import { Refused } from "../errors.ts";
import { type FeedPage, type FeedQuery, readFeed } from "../orders/feed.ts";
import { type FeedCursor, readCursor, writeCursor } from "../orders/feed-cursor.ts";
import { eventOfType, tellEvents } from "../orders/told-events.ts";
import { requireKey } from "./access.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";
import { feedRoute } from "./event-routes.ts";
import type { FeedWatch } from "./live/feed-watch.ts";
import type { Live } from "./live/live.ts";
import { preferredWait } from "./prefer.ts";

/** The feed of all that happens to a shop's orders, for its other systems. */
export function addFeed(
  app: OpenAPIHono<ApiEnv>,
  { db }: Pick<ApiParts, "db">,
  { feeds }: Live,
): void {
  const read = (query: FeedQuery) => inOneStatement(db, () => readFeed(db, query));

  app.openapi({ ...feedRoute, middleware: [requireKey("secret")] }, async (c) => {
    const { after, limit, types } = c.req.valid("query");
    const query = {
      shopId: c.get("holder").shop.id,
      after: after === undefined ? null : cursorOf(after),
      limit,
      events: types?.map(eventOfType) ?? null,
    };
    let page = await read(query);
    const seconds = preferredWait(c.req.valid("header").prefer);
    if (seconds !== null) {
      c.header("Preference-Applied", `wait=${seconds}`);
      c.set("isWaiting", true);
      page = await untilSomething(page, query, seconds * 1_000, { read, feeds });
      c.set("isWaiting", false);
    }
    const { events, cursor, hasMore } = page;
    const data = await tellEvents(db, events, { isGuest: false });
    return c.json({ data, nextCursor: writeCursor(cursor), hasMore }, 200);
  });
}

/** Reads on while pages are empty: what comes may be of no wanted type. */
async function untilSomething(
  first: FeedPage,
  query: FeedQuery,
  milliseconds: number,
  { read, feeds }: { read: (query: FeedQuery) => Promise<FeedPage>; feeds: FeedWatch },
): Promise<FeedPage> {
  const deadline = performance.now() + milliseconds;
  let page = first;
  while (page.events.length === 0 && !page.hasMore) {
    const place = { shopId: query.shopId, after: page.cursor };
    if (!(await feeds.somethingAfter(place, deadline - performance.now()))) break;
    page = await read({ ...query, after: page.cursor });
  }
  return page;
}

function cursorOf(text: string): FeedCursor {
  const cursor = readCursor(text);
  if (cursor) return cursor;
  const message = "Must be the nextCursor of a page, as it came.";
  throw new Refused("invalid_query", `after: ${message}`, [{ field: "after", message }]);
}
