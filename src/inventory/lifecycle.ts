/** The life of a hold: stock that an order has taken out of what is available. */
export const holdTransitions = {
  sell: { from: ["held"], to: "sold" },
  release: { from: ["held", "sold"], to: "released" },
} as const;

export const holdStatuses = ["held", "sold", "released"] as const;
export type HoldStatus = (typeof holdStatuses)[number];

/** Holds that count in `stock.reserved`. */
export const liveHolds: readonly HoldStatus[] = ["held", "sold"];
