/**
 * The lives of webhooks out: of an endpoint, which is somebody else's server, and of a delivery,
 * which tells it of one event.
 */

/**
 * A failing endpoint is asked with one delivery at a time, by its own clock; the others are parked.
 * It is disabled by a person, or after three days without a success.
 */
export const endpointClocks = {
  enabled: "rests",
  failing: { wakes: "notification/probe_endpoint" },
  disabled: "rests",
  deleted: "rests",
} as const satisfies Clocks<string>;
export type EndpointStatus = keyof typeof endpointClocks;

/**
 * `sending` is on record before the endpoint hears of it. What is parked waits for its endpoint:
 * until that answers again, has a place free, or has got what happened to the order before. The
 * clock of a parked one is its end.
 */
export const deliveryClocks = {
  pending: { wakes: "notification/deliver" },
  sending: { wakes: "notification/deliver" },
  parked: { wakes: "notification/deliver" },
  delivered: "rests",
  failed: "rests",
  dropped: "rests",
} as const satisfies Clocks<string>;
export type DeliveryStatus = keyof typeof deliveryClocks;

export const endpointStatuses = Object.keys(endpointClocks) as EndpointStatus[];
export const deliveryStatuses = Object.keys(deliveryClocks) as DeliveryStatus[];

/** Those that every event of their shop is written for. */
export const listeningStatuses = ["enabled", "failing"] as const satisfies EndpointStatus[];
export const waitingDeliveries = deliveryStatuses.filter(
  (status) => deliveryClocks[status] !== "rests",
);

/** An event as it happened, the same once more, or a trial. */
export type DeliveryKind = "event" | "replay" | "test";

type Clocks<Status extends string> = Record<Status, "rests" | { wakes: `${string}/${string}` }>;
