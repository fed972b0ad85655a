import type { News } from "../../orders/order-news.ts";
import type { OrderWatch } from "./order-watch.ts";

type Wait<Answer> = {
  orderId: string;
  /** The last event that is known. */
  after: number;
  milliseconds: number;
  /** Whether it is worth asking after that. */
  isWorthALook: (news: News) => boolean;
  /** Null while the answer is not the wanted one. */
  ask: () => Promise<Answer | null>;
};

/** A wait holds a request's memory and little more: so many a process may have. */
const mostWaits = 2_000;

export type NewsDesk = {
  /** Waits for an order to stand as it is wanted; null when the time is over, or too many wait. */
  wait<Answer>(wait: Wait<Answer>): Promise<Answer | null>;
};

/** Lets requests wait for what workers do to an order, by the watch that streams use, too. */
export function createNewsDesk(watch: OrderWatch, stopping?: AbortSignal): NewsDesk {
  let waits = 0;

  /** The seq of the next news worth a look, or null when there was none in time. */
  function nextNews<Answer>(wait: Wait<Answer>, milliseconds: number): Promise<number | null> {
    return new Promise((resolve) => {
      const done = (seq: number | null) => {
        clearTimeout(timer);
        stop();
        stopping?.removeEventListener("abort", giveUp);
        resolve(seq);
      };
      const giveUp = () => done(null);
      const timer = setTimeout(giveUp, milliseconds);
      stopping?.addEventListener("abort", giveUp);
      const stop = watch.follow(wait.orderId, wait.after, (news) => {
        if (news.some(wait.isWorthALook)) done(news.at(-1)?.seq ?? wait.after);
      });
    });
  }

  async function untilWanted<Answer>(wait: Wait<Answer>): Promise<Answer | null> {
    const deadline = performance.now() + wait.milliseconds;
    let { after } = wait;
    for (;;) {
      const left = deadline - performance.now();
      if (left <= 0 || stopping?.aborted) return null;
      const seq = await nextNews({ ...wait, after }, left);
      if (seq === null) return null;
      const answer = await wait.ask();
      if (answer !== null) return answer;
      after = seq;
    }
  }

  return {
    async wait(wait) {
      if (waits >= mostWaits) return null;
      waits++;
      return await untilWanted(wait).finally(() => waits--);
    },
  };
}
