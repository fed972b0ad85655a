import { sql } from "kysely";
import type { Settings } from "../config.ts";
import { claimKeys, giveBackKeys, type KeyClaim } from "../db/idempotency.ts";
import type { Trx } from "../db/transaction.ts";
import { Refused, type Unavailable } from "../errors.ts";
import { type Advanced, advance, together } from "./advance.ts";
import { cancelLines } from "./fulfilment/cancel-lines.ts";
import type { WantedGoods } from "./fulfilment/goods.ts";
import type { Closing, OrderStatus } from "./lifecycle.ts";
import { lockClosable } from "./lock-closable.ts";
import { lockEndings } from "./lock-endings.ts";
import { keyReused } from "./place-order.ts";
import { cancelPaid } from "./refunds/cancel-paid-order.ts";
import { shut } from "./shut-orders.ts";

export type CancelRequest = {
  orderId: string;
  shopId: string;
  idempotencyKey: string;
  fingerprint: Buffer;
  actor: string;
  /** Which goods of a paid order, of those that are not shipped. Left out or null: all of it. */
  lines?: readonly WantedGoods[] | null;
  /** What becomes of the money of a paid order: whoever cancels one must say so. */
  refund: "full" | "none" | null;
  /** A customer, who may cancel a paid order for a while only, and with their money back. */
  isGuest: boolean;
};

/** `closing`: Stripe must confirm first that no money can come; the order then ends by itself. */
export type Cancellation =
  | { outcome: "cancelled" | "closing"; replayed: boolean }
  | { outcome: "refused"; error: Refused | Unavailable };

/**
 * Cancels orders for those who may. Unpaid ones at once where nobody can pay, else through Stripe;
 * paid ones with what is said of their money, all or some lines of them, as far as they are not
 * shipped.
 */
export async function cancelOrders(
  trx: Trx,
  settings: Settings,
  requests: readonly CancelRequest[],
): Promise<{ results: Cancellation[] } & Advanced> {
  const claims = requests.map(claimOf);
  const verdicts = await claimKeys(trx, claims);
  // Only a key's first request acts; a replay, or a key that came with another, just looks.
  const acting = requests.filter((_, index) => verdicts[index]?.first);
  const before = await lockOrders(trx, requests);
  const inHand = acting.filter((request) => before.has(nameOf(request)));
  await lockEndings(trx, [...new Set(inHand.map(({ orderId }) => orderId))]);
  const changes: Advanced[] = [];
  const refusals = new Map<string, Refused>();
  for (const [index, request] of requests.entries()) {
    if (!inHand.includes(request)) continue;
    const change = await cancelOne(trx, settings, request);
    if (change instanceof Refused) refusals.set((claims[index] as KeyClaim).resourceId, change);
    else changes.push(change);
  }

  const after = await lockOrders(trx, requests);
  const results = requests.map((request, index): Cancellation => {
    const verdict = verdicts[index];
    if (verdict && "error" in verdict) return { outcome: "refused", error: verdict.error };
    if (verdict && !verdict.first && !verdict.sameRequest) {
      return { outcome: "refused", error: keyReused() };
    }
    // Twins in one batch are refused alike.
    const { resourceId } = verdict && !verdict.first ? verdict : (claims[index] as KeyClaim);
    const refusal = refusals.get(resourceId);
    if (refusal) return { outcome: "refused", error: refusal };
    return resultOf(request, after.get(nameOf(request)), verdict?.first === false);
  });
  const refused = claims.filter(
    (_, index) => results[index]?.outcome === "refused" && verdicts[index]?.first,
  );
  await giveBackKeys(trx, refused);
  return { results, ...together(...changes) };
}

function claimOf(request: CancelRequest): KeyClaim {
  return {
    shopId: request.shopId,
    operation: "cancel_order",
    key: request.idempotencyKey,
    fingerprint: request.fingerprint,
    // The order stands in the fingerprint; a claim's own id tells twins in one batch apart.
    resourceId: `${request.orderId} ${crypto.randomUUID()}`,
  };
}

type State = { status: OrderStatus; closing: Closing | null };

async function lockOrders(
  trx: Trx,
  requests: readonly CancelRequest[],
): Promise<Map<string, State>> {
  const { rows } = await sql<State & { orderId: string; shopId: string }>`
    SELECT id AS "orderId", shop_id AS "shopId", status, closing FROM orders
    WHERE (id, shop_id) IN (SELECT * FROM unnest(
      ${requests.map(({ orderId }) => orderId)}::uuid[],
      ${requests.map(({ shopId }) => shopId)}::uuid[]
    ))
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  return new Map(rows.map((row) => [nameOf(row), row]));
}

function nameOf({ orderId, shopId }: { orderId: string; shopId: string }): string {
  return `${orderId} ${shopId}`;
}

/** Cancelling is rare, so it goes order by order: the locks were taken in order before. */
async function cancelOne(
  trx: Trx,
  settings: Settings,
  request: CancelRequest,
): Promise<Advanced | Refused> {
  const { orderId, actor } = request;
  const part = await cancelLines(trx, settings, request);
  if (typeof part !== "string") return part;
  const paid = await cancelPaid(trx, settings, request);
  if (paid) return paid;
  const [order] = await lockClosable(trx, settings, [orderId]);
  if (!order) return advance(trx, settings, "cancelled", [{ orderId }], actor);
  // What ends already goes on; money that does not match is an operator's to judge.
  const isOpen = order.closing === null || order.closing === "edited";
  const open = isOpen && !order.mismatched ? [order] : [];
  return shut(trx, settings, open, "cancelled", actor);
}

function resultOf(
  { lines = null }: CancelRequest,
  state: State | undefined,
  replayed: boolean,
): Cancellation {
  const refuse = (code: string, message: string): Cancellation => ({
    outcome: "refused",
    error: new Refused(code, message),
  });
  if (state && lines) return { outcome: "cancelled", replayed };
  switch (state?.status) {
    case undefined:
      return refuse("order_not_found", "There is no such order.");
    // Some of it was shipped before, and the rest is cancelled.
    case "completed":
    case "cancelled":
      return { outcome: "cancelled", replayed };
    case "awaiting_payment":
      return state.closing === null
        ? refuse("payment_under_review", "Money came that does not match. An operator decides.")
        : { outcome: "closing", replayed };
    case "expired":
      return refuse("order_expired", "The order has expired already; there is nothing to cancel.");
    default:
      return refuse("order_is_paid", "The order is paid. Ask the shop for a refund.");
  }
}
