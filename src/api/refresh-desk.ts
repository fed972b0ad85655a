import { setTimeout as pause } from "node:timers/promises";
import {
  askForRefresh,
  isRefreshed,
  lookAtRefresh,
  type Refresh,
} from "../orders/paying/refresh-payment.ts";
import type { ApiParts } from "./environment.ts";

/** So long an answer waits for Stripe's; it looks soon whether that is here, then less often. */
const patienceMilliseconds = 1_500;
const firstPauseMilliseconds = 75;
const growth = 1.5;

/**
 * Guests can place many orders and ask for all of them. One process has so many refreshes under
 * way that ask Stripe, each counted for so long at least: five a second, a quarter of what Stripe
 * gets by default, so that most of its reads stay for what we must know.
 */
const mostUnderWay = 10;
const leastMilliseconds = 2_000;

type Known = { isKnown: true } | { isKnown: false; retrySeconds: number };

/** Lets one process's callers know how their payments stand, by jobs that ask Stripe. */
export function refreshDesk({
  db,
  settings,
  hints,
}: ApiParts): (orderId: string) => Promise<Known> {
  let underWay = 0;

  /** Asks Stripe where there is a place left; null where somebody else was first. */
  async function ask(paymentId: string): Promise<Refresh | null> {
    if (underWay >= mostUnderWay) return { state: "later", seconds: 1 };
    underWay++;
    const asked = await askForRefresh(db, settings, paymentId).catch((error: unknown) => {
      underWay--;
      throw error;
    });
    if (asked === null) {
      underWay--;
      return null;
    }
    setTimeout(() => underWay--, leastMilliseconds).unref();
    hints.send([asked.hint]);
    return { state: "under_way", paymentId, since: asked.since };
  }

  async function wait(refresh: Extract<Refresh, { state: "under_way" }>): Promise<Known> {
    const deadline = performance.now() + patienceMilliseconds;
    for (let next = firstPauseMilliseconds; performance.now() < deadline; next *= growth) {
      await pause(Math.min(next, deadline - performance.now()));
      if (await isRefreshed(db, refresh)) return { isKnown: true };
    }
    return { isKnown: false, retrySeconds: 1 };
  }

  return async (orderId) => {
    let refresh = await lookAtRefresh(db, orderId);
    if (refresh.state === "rested") {
      refresh = (await ask(refresh.paymentId)) ?? (await lookAtRefresh(db, orderId));
    }
    if (refresh.state === "under_way") return await wait(refresh);
    if (refresh.state === "known") return { isKnown: true };
    return { isKnown: false, retrySeconds: refresh.state === "later" ? refresh.seconds : 1 };
  };
}
