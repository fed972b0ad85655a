import type { News } from "../../orders/order-news.ts";
import { isFor, type Listener, tellEvent } from "../../orders/told-events.ts";
import type { OrderWatch } from "./order-watch.ts";
import type { Stream } from "./streams.ts";

/** How long a client should wait before it comes back. */
const reconnectMs = 1_000;

/**
 * Writes an order's events into a stream as they happen, from after the one that its reader
 * knows, until no more are to be expected. Answers how to stop.
 */
export function streamOrder(
  stream: Stream,
  watch: OrderWatch,
  from: { orderId: string; after: number },
  listener: Listener,
): () => void {
  stream.write(`retry: ${reconnectMs}\n\n`);
  return watch.follow(from.orderId, from.after, (news) => {
    const shown = news.filter((event) => isFor(listener, event));
    const text = shown.map((event) => partOf(event, listener)).join("");
    const last = news.at(-1);
    if (last?.isLast) stream.end(text + endOf(last));
    else if (text !== "") stream.write(text);
  });
}

/** Its id is what the reader hands back as Last-Event-ID. */
function partOf(event: News, listener: Listener): string {
  const told = tellEvent(event, listener);
  return `id: ${told.seq}\nevent: ${told.type}\ndata: ${JSON.stringify(told)}\n\n`;
}

/** Says that the order's story is over: a reader whose stream ends without it comes back. */
function endOf({ seq, to }: News): string {
  return `id: ${seq}\nevent: end\ndata: ${JSON.stringify({ status: to })}\n\n`;
}
