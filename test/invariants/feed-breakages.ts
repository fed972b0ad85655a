import type { Breakage } from "./breakages.ts";

/** Further ways in which the feed's order can be broken. */
export const feedBreakages: [string, Breakage][] = [
  [
    "the_feed_follows_the_histories",
    ({ paid }) => [
      `UPDATE order_events SET feed_position = feed_end() + 1000 WHERE order_id = '${paid}'`,
    ],
  ],
  [
    "the_feed_follows_the_histories",
    ({ paid }) => [
      `UPDATE order_events SET shop_id = gen_random_uuid() WHERE order_id = '${paid}'`,
    ],
  ],
];
