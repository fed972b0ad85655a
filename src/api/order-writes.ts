import { inTransaction } from "../db/transaction.ts";
import type { KeyedOutcome } from "../orders/act-once.ts";
import { type CancelRequest, cancelOrders } from "../orders/cancel-order.ts";
import { type ShipRequest, shipOrders } from "../orders/fulfilment/ship-orders.ts";
import { type ReturnRequest, takeBack } from "../orders/fulfilment/take-back.ts";
import { follow } from "../orders/in-batches.ts";
import { type OrderRequest, type PlacedOrder, placeOrders } from "../orders/place-order.ts";
import { type RefundRequest, refundOrders } from "../orders/refunds/refund-order.ts";
import { countOrderLines } from "../orders/weigh-orders.ts";
import { batcher } from "../queues/batcher.ts";
import type { ApiParts } from "./environment.ts";
import { patiently } from "./patiently.ts";

export type OrderWrites = {
  place(
    request: OrderRequest,
  ): Promise<{ outcome: "placed"; order: PlacedOrder } | { outcome: "replayed"; orderId: string }>;
  cancel(request: CancelRequest): Promise<{ outcome: "cancelled" | "closing"; replayed: boolean }>;
  refund(request: RefundRequest): Promise<{ refundId: string; replayed: boolean }>;
  ship(request: ShipRequest): Promise<{ id: string; replayed: boolean }>;
  takeBack(request: ReturnRequest): Promise<{ id: string; replayed: boolean }>;
};

/**
 * What requests do to orders, many at a time: requests that arrive while a transaction is
 * under way share the next one. A refusal is the refused request's alone.
 */
export function orderWrites({ db, settings, hints, log }: ApiParts): OrderWrites {
  const place = batcher(
    async (requests: OrderRequest[]) => {
      const made = await inTransaction(db, (trx) => placeOrders(trx, settings, requests));
      follow({ hints, log }, made);
      for (const placement of made.placements) {
        if (placement.outcome !== "placed") continue;
        const { id: orderId, number: order, request } = placement.order;
        log.info("order_placed", { orderId, order, actor: request.actor });
      }
      return made.placements;
    },
    ({ lines }) => lines.length,
  );
  const cancel = batcher(async (wishes: Weighed<CancelRequest>[]) => {
    const requests = wishes.map(({ request }) => request);
    const made = await inTransaction(db, (trx) => cancelOrders(trx, settings, requests));
    follow({ hints, log }, made);
    return made.results;
  }, weightOf);
  const refund = batcher(async (requests: RefundRequest[]) => {
    const made = await inTransaction(db, (trx) => refundOrders(trx, settings, requests));
    follow({ hints, log }, made);
    return made.results;
  });
  const ship = batcher(async (wishes: Weighed<ShipRequest>[]) => {
    const requests = wishes.map(({ request }) => request);
    const made = await inTransaction(db, (trx) => shipOrders(trx, settings, requests));
    follow({ hints, log }, made);
    return made.results;
  }, weightOf);
  const back = batcher(
    async (requests: ReturnRequest[]) => {
      const made = await inTransaction(db, (trx) => takeBack(trx, settings, requests));
      follow({ hints, log }, made);
      return made.results;
    },
    ({ lines }) => lines.length,
  );
  /** What names no lines is about all of the order's. */
  async function weighed<Request extends ShipRequest | CancelRequest>(
    request: Request,
  ): Promise<Weighed<Request>> {
    const { orderId, lines } = request;
    return { request, weight: lines?.length ?? (await countOrderLines(db, orderId)) };
  }

  return {
    ship: (request) => patiently(async () => doneOrThrow(await ship(await weighed(request)))),
    takeBack: (request) => patiently(async () => doneOrThrow(await back(request))),
    place: (request) =>
      patiently(async () => {
        const placement = await place(request);
        if (placement.outcome === "refused") throw placement.error;
        return placement;
      }),
    cancel: (request) =>
      patiently(async () => {
        const cancellation = await cancel(await weighed(request));
        if (cancellation.outcome === "refused") throw cancellation.error;
        return cancellation;
      }),
    refund: (request) =>
      patiently(async () => {
        const refunded = await refund(request);
        if (refunded.outcome === "refused") throw refunded.error;
        return refunded;
      }),
  };
}

/** How many lines a batch gets with it. */
type Weighed<Request> = { request: Request; weight: number };

const weightOf = ({ weight }: Weighed<unknown>) => weight;

function doneOrThrow(result: KeyedOutcome): { id: string; replayed: boolean } {
  if (result.outcome === "refused") throw result.error;
  return result;
}
