import type { Db } from "../../db/connect.ts";
import { type FeedPlace, placesWithNews } from "../../orders/feed.ts";
import type { PollLoop } from "./poll-loop.ts";

export type FeedWatch = {
  /** Waits for something to stand in the feed behind this place; false when nothing came. */
  somethingAfter(place: FeedPlace, milliseconds: number): Promise<boolean>;
};

type Waiting = FeedPlace & { done: (found: boolean) => void };

/** Beyond that, readers ask again as if they had not wanted to wait. */
const mostWaiting = 200;

/** Watches the feeds that somebody waits at the end of: one statement for all. */
export function createFeedWatch(db: Db, loop: PollLoop, stopping?: AbortSignal): FeedWatch {
  const waiting = new Set<Waiting>();
  stopping?.addEventListener("abort", () => {
    for (const each of waiting) each.done(false);
  });

  loop.add({
    isWanted: () => waiting.size > 0,
    async look() {
      const asked = [...waiting];
      for (const index of await placesWithNews(db, asked)) asked[index]?.done(true);
      return false;
    },
  });
  return {
    async somethingAfter(place, milliseconds) {
      if (milliseconds <= 0 || stopping?.aborted || waiting.size >= mostWaiting) return false;
      return await new Promise<boolean>((resolve) => {
        const done = (found: boolean) => {
          clearTimeout(timer);
          waiting.delete(each);
          resolve(found);
        };
        const each = { ...place, done };
        const timer = setTimeout(done, milliseconds, false);
        waiting.add(each);
        loop.wake();
      });
    },
  };
}
