import type { Db } from "../../db/connect.ts";
import { type News, readNews, type WatchList, watchList } from "../../orders/order-news.ts";
import type { PollLoop } from "./poll-loop.ts";

/** Somebody who follows an order; called with its events in their order, each once. */
type OnNews = (news: readonly News[]) => void;
type Follower = { after: number; onNews: OnNews };

export type OrderWatch = {
  /** Follows an order from after that event on; answers how to stop. */
  follow(orderId: string, after: number, onNews: OnNews): () => void;
};

/** So many events are taken at a time: the rest comes with the next look, at once. */
const mostNews = 1_000;

/** Watches orders for all who follow them: one statement for all, however many follow each. */
export function createOrderWatch(db: Db, loop: PollLoop): OrderWatch {
  const followersOf = new Map<string, Set<Follower>>();
  /** What to ask for, while it stays the same: looks that find nothing leave no garbage. */
  let asking: { afters: Map<string, number>; list: WatchList } | null = null;

  function whatToAsk() {
    const asked = [...followersOf].map(([orderId, followers]) => ({
      orderId,
      after: Math.min(...[...followers].map(({ after }) => after)),
    }));
    const afters = new Map(asked.map(({ orderId, after }) => [orderId, after]));
    return { afters, list: watchList(asked) };
  }

  async function look(): Promise<boolean> {
    asking ??= whatToAsk();
    const { afters, list } = asking;
    const news = await readNews(db, list, mostNews);
    if (news.length > 0) asking = null;
    for (const [orderId, events] of Map.groupBy(news, (each) => each.orderId)) {
      const since = afters.get(orderId) ?? 0;
      for (const follower of followersOf.get(orderId) ?? []) tell(follower, events, since);
    }
    return news.length === mostNews;
  }

  /** Who came while we asked may know less than what was asked for: the next look is theirs. */
  function tell(follower: Follower, events: readonly News[], since: number): void {
    if (follower.after < since) return;
    const fresh = events.filter(({ seq }) => seq > follower.after);
    const last = fresh.at(-1);
    if (!last) return;
    follower.after = last.seq;
    follower.onNews(fresh);
  }

  loop.add({ isWanted: () => followersOf.size > 0, look });
  return {
    follow(orderId, after, onNews) {
      const follower = { after, onNews };
      const followers = followersOf.get(orderId) ?? new Set();
      followersOf.set(orderId, followers.add(follower));
      asking = null;
      loop.wake();
      return () => {
        followers.delete(follower);
        asking = null;
        if (followers.size === 0 && followersOf.get(orderId) === followers) {
          followersOf.delete(orderId);
        }
      };
    },
  };
}
