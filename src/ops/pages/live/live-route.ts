import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { Live } from "./live.ts";

/** Routers cut what is silent for 55 s. */
const beatMs = 15_000;
/** A stream ends by itself, and the browser opens the next: perhaps at another process. */
const longestMs = 120_000;
const reconnectMs = 1_000;
const longestName = 200;

type Times = { beatMs: number; longestMs: number };

/**
 * Tells a page that it is out of date, and nothing else: what changed it reads by itself, with
 * the rights of who looks at it.
 */
export function answerLive(
  c: Context,
  live: Live,
  stopping?: AbortSignal,
  times: Times = { beatMs, longestMs },
): Response {
  const watch = (c.req.query("watch") ?? "").slice(0, longestName);
  if (!live.knows(watch)) return c.text("Nothing of that name can be watched.", 404);
  const seen = c.req.header("last-event-id") ?? c.req.query("seen") ?? "";
  const news = oneAtATime();
  const stop = live.listen({ watch, seen }, news.put);
  if (!stop) {
    c.header("Retry-After", "30");
    return c.text("Too many pages are watched at this moment. Load the page again later.", 503);
  }
  c.header("X-Accel-Buffering", "no");
  stopping?.addEventListener("abort", news.end, { once: true });

  return streamSSE(c, async (stream) => {
    stream.onAbort(news.end);
    const endsAt = performance.now() + times.longestMs;
    try {
      await stream.write(`retry: ${reconnectMs}\n\n`);
      while (performance.now() < endsAt && !stopping?.aborted && !stream.aborted) {
        const fresh = await news.take(Math.min(times.beatMs, endsAt - performance.now()));
        if (fresh === null) await stream.write(": still here\n\n");
        else await stream.writeSSE({ event: "changed", id: fresh, data: "changed" });
      }
    } finally {
      stop();
      stopping?.removeEventListener("abort", news.end);
    }
  });
}

/** The last news only: a page that is slow to read needs no others. */
function oneAtATime() {
  let fresh: string | null = null;
  let isOver = false;
  let wake: () => void = () => undefined;
  return {
    put(seen: string) {
      fresh = seen;
      wake();
    },
    end() {
      isOver = true;
      wake();
    },
    /** Null when there were none in that time. */
    async take(milliseconds: number): Promise<string | null> {
      if (fresh === null && !isOver) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.max(0, milliseconds));
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      const taken = fresh;
      fresh = null;
      return taken;
    },
  };
}
