/** The life of a hold: stock that an order has taken out of what is available. */
export const holdTransitions = {
  sell: { from: ["held"], to: "sold" },
  // Its goods have left the house. They may come back, but not into this hold.
  consume: { from: ["sold"], to: "consumed" },
  release: { from: ["held", "sold"], to: "released" },
} as const;

export const holdStatuses = ["held", "sold", "consumed", "released"] as const;
export type HoldStatus = (typeof holdStatuses)[number];

/** Holds that count in `stock.reserved`. */
export const liveHolds: readonly HoldStatus[] = ["held", "sold"];

/** What moves the counters of stock. */
export const movementKinds = ["receive", "adjust", "reserve", "release", "ship", "return"] as const;
export type MovementKind = (typeof movementKinds)[number];
