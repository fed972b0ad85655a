import type { ApiParts } from "../environment.ts";
import { createFeedWatch, type FeedWatch } from "./feed-watch.ts";
import { createOrderWatch, type OrderWatch } from "./order-watch.ts";
import { createPollLoop } from "./poll-loop.ts";
import { createStreams, type Streams } from "./streams.ts";
import { createNewsDesk, type NewsDesk } from "./wait-for-news.ts";

/** What a process needs to tell of things as they happen: all of it lives on one loop. */
export type Live = { orders: OrderWatch; feeds: FeedWatch; desk: NewsDesk; streams: Streams };

export function createLive({ db, log, stopping }: ApiParts): Live {
  const loop = createPollLoop(log);
  const orders = createOrderWatch(db, loop);
  return {
    orders,
    feeds: createFeedWatch(db, loop, stopping),
    desk: createNewsDesk(orders, stopping),
    streams: createStreams(stopping),
  };
}
