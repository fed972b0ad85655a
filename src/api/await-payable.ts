import type { Context } from "hono";
import type { OrderStatus } from "../orders/lifecycle.ts";
import type { ApiEnv } from "./environment.ts";
import type { NewsDesk } from "./live/wait-for-news.ts";
import type { OrderJson } from "./order-schemas.ts";
import { preferredWait } from "./prefer.ts";

/** An order as it is answered, with what its headers are made of. */
export type Shown = {
  order: { id: string; version: number; tokenVersion: number };
  json: OrderJson;
};

/** In these, a new order is still on its way to being payable. */
const underWay: readonly OrderStatus[] = ["reserving", "awaiting_payment"];

/**
 * Where the client prefers to wait: until it is decided that the order can be paid, or never will.
 * Else, or when that takes longer, the client looks again by itself.
 */
export async function asPreferred(
  c: Context<ApiEnv>,
  desk: NewsDesk,
  first: Shown,
  read: () => Promise<Shown>,
): Promise<Shown & { isDecided: boolean }> {
  const seconds = preferredWait(c.req.header("prefer"));
  if (seconds === null || first.json.status === "draft") return { ...first, isDecided: false };
  c.header("Preference-Applied", `wait=${seconds}`);
  if (isDecided(first)) return { ...first, isDecided: true };

  c.set("isWaiting", true);
  let latest = first;
  const decided = await desk.wait({
    orderId: first.order.id,
    after: first.order.version,
    milliseconds: seconds * 1_000,
    // The one comes with the client secret; others say that there will be none.
    isWorthALook: ({ event, to }) => event === "payment_started" || !underWay.includes(to),
    async ask() {
      latest = await read();
      return isDecided(latest) ? latest : null;
    },
  });
  c.set("isWaiting", false);
  return { ...(decided ?? latest), isDecided: decided !== null };
}

function isDecided({ json }: Shown): boolean {
  return json.payment?.clientSecret !== undefined || !isUnderWay(json.status);
}

function isUnderWay(status: string): boolean {
  return underWay.some((each) => each === status);
}
