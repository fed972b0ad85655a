import { uuidv7 } from "uuidv7";
import type { Settings } from "../config.ts";
import { claimKeys, giveBackKeys, type KeyClaim, type KeyVerdict } from "../db/idempotency.ts";
import type { Trx } from "../db/transaction.ts";
import { Refused, type Unavailable } from "../errors.ts";
import type { SealedContact } from "../notifications/contacts.ts";
import type { Hint } from "../queues/hint.ts";
import { orderNumber } from "./ids.ts";
import { insertOrders, versionWhenPlaced } from "./insert-orders.ts";
import { reserveHint } from "./journey.ts";
import { type Adjustment, type PricedOrder, priceOrders, type WantedLine } from "./price-orders.ts";

/** An order as a storefront asks for it, read and checked for shape. */
export type OrderRequest = {
  shop: { id: string; currency: string };
  idempotencyKey: string;
  fingerprint: Buffer;
  lines: readonly WantedLine[];
  adjustments: readonly Adjustment[];
  /** Null only for a draft whose customer has not said who they are. */
  contact: SealedContact | null;
  /** False: it stays a draft that can be edited, until it is checked out. */
  checkout: boolean;
  locale: string;
  customerRef: string | null;
  /** Who asks, such as `key:<prefix>`. */
  actor: string;
  /** The order that an operator places anew for its customer, who pays by a link. */
  copies?: { orderId: string; number: string };
};

export type PlacedOrder = PricedOrder & {
  id: string;
  number: string;
  request: OrderRequest;
  placedAt: Date;
  expiresAt: Date;
};

/** What became of a request. A replay answers with the order that the first one made. */
export type Placement =
  | { outcome: "placed"; order: PlacedOrder }
  | { outcome: "replayed"; orderId: string }
  | { outcome: "refused"; error: Refused | Unavailable };

/**
 * Places a batch of orders in one transaction: key, order, lines, contact and history of each,
 * or nothing of it. A request that is refused takes nobody with it.
 */
export async function placeOrders(
  trx: Trx,
  settings: Settings,
  requests: readonly OrderRequest[],
): Promise<{ placements: Placement[]; hints: Hint[] }> {
  const claims = requests.map(claimOf);
  const verdicts = await claimKeys(trx, claims);
  const firsts = indexesOf(verdicts, (verdict) => verdict.first);
  const priced = await priceOrders(
    trx,
    firsts.map((index) => requests[index] as OrderRequest),
  );

  const refusals = new Map<string, Refused>();
  const orders: Omit<PlacedOrder, "placedAt" | "expiresAt">[] = [];
  firsts.forEach((index, position) => {
    const price = priced[position] as PricedOrder | Refused;
    const { resourceId: id } = claims[index] as KeyClaim;
    if (price instanceof Refused) refusals.set(id, price);
    else
      orders.push({
        ...price,
        id,
        number: orderNumber(id),
        request: requests[index] as OrderRequest,
      });
  });
  await giveBackKeys(
    trx,
    claims.filter((claim) => refusals.has(claim.resourceId)),
  );
  const { times, hints } = await insertOrders(trx, settings, orders);

  const placed = new Map(orders.map((order) => [order.id, { ...order, ...times }]));
  const placements = verdicts.map(
    (verdict, index): Placement =>
      placementOf(verdict, (claims[index] as KeyClaim).resourceId, placed, refusals),
  );
  const version = versionWhenPlaced;
  const checkedOut = orders.filter(({ request }) => request.checkout);
  const reserve = checkedOut.map((order) => reserveHint({ ...order, version }));
  return { placements, hints: [...reserve, ...hints] };
}

function claimOf(request: OrderRequest): KeyClaim {
  return {
    shopId: request.shop.id,
    operation: "place_order",
    key: request.idempotencyKey,
    fingerprint: request.fingerprint,
    resourceId: uuidv7(),
  };
}

function placementOf(
  verdict: KeyVerdict,
  ownId: string,
  placed: Map<string, PlacedOrder>,
  refusals: Map<string, Refused>,
): Placement {
  if ("error" in verdict) return { outcome: "refused", error: verdict.error };
  const id = verdict.first ? ownId : verdict.resourceId;
  const refusal = refusals.get(id);
  if (!verdict.first && !verdict.sameRequest) {
    return { outcome: "refused", error: keyReused() };
  }
  if (refusal) return { outcome: "refused", error: refusal };
  const order = placed.get(id);
  if (verdict.first && order) return { outcome: "placed", order };
  return { outcome: "replayed", orderId: id };
}

/** The refusal of a key that came before with another request. */
export function keyReused(): Refused {
  return new Refused(
    "idempotency_key_reused",
    "This Idempotency-Key came before with a different request. Use a new key for a new request.",
  );
}

function indexesOf<Item>(items: readonly Item[], wanted: (item: Item) => boolean): number[] {
  return items.flatMap((item, index) => (wanted(item) ? [index] : []));
}
