import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { consumeParts, refuseUnheld } from "../../inventory/part-holds.ts";
import { actOnce, type KeyedOutcome, type KeyedRequest } from "../act-once.ts";
import { type Advanced, advance, together } from "../advance.ts";
import type { OrderStatus } from "../lifecycle.ts";
import { bySku } from "../refunds/refund-lines.ts";
import {
  allThatIsLeft,
  type Goods,
  leftToShip,
  readGoods,
  refuseTooMany,
  type WantedGoods,
} from "./goods.ts";

export type ShipRequest = KeyedRequest & {
  /** Null: all that is left. */
  lines: readonly WantedGoods[] | null;
  carrier: string;
  trackingNumber: string | null;
  trackingUrl: string | null;
};

/**
 * Puts parcels on record that leave the house, each once per key: their goods are taken out of
 * what the orders themselves hold. An order of which nothing is left to ship is completed.
 */
export async function shipOrders(
  trx: Trx,
  settings: Settings,
  requests: readonly ShipRequest[],
): Promise<{ results: KeyedOutcome[] } & Advanced> {
  return actOnce(trx, "ship_order", requests, (request, id) => {
    return shipOne(trx, settings, request, id);
  });
}

async function shipOne(
  trx: Trx,
  settings: Settings,
  request: ShipRequest,
  id: string,
): Promise<Advanced | Refused> {
  const { orderId, actor, carrier, trackingNumber, trackingUrl } = request;
  const standing = await readStanding(trx, orderId);
  const goods = await readGoods(trx, orderId);
  const wanted = request.lines ?? allThatIsLeft(goods);
  const refusal = refuse(standing) ?? refuseTooMany(goods, wanted, leftToShip, "shipped");
  if (refusal) return refusal;

  const parcel = bySku(wanted);
  const parts = parcel.map((part) => ({ orderId, ...part }));
  const unheld = await refuseUnheld(trx, parts);
  if (unheld) return unheld;
  await sql`
    WITH shipment AS (
      INSERT INTO shipments (id, order_id, carrier, tracking_number, tracking_url, actor)
      VALUES (${id}, ${orderId}, ${carrier}, ${trackingNumber}, ${trackingUrl}, ${actor})
      RETURNING id
    )
    INSERT INTO shipment_lines (shipment_id, sku, quantity)
    SELECT shipment.id, sku, quantity FROM shipment, unnest(
      ${parcel.map(({ sku }) => sku)}::text[],
      ${parcel.map(({ quantity }) => quantity)}::integer[]
    ) AS l (sku, quantity)`.execute(trx);
  await consumeParts(trx, parts, actor);
  const left = countOf(allThatIsLeft(goods)) - countOf(parcel);
  const tracking = { carrier, trackingNumber, trackingUrl };
  const detail = { shipmentId: id, ...tracking, lines: parcel, left };
  const shipped = await advance(trx, settings, "shipped", [{ orderId, detail }], actor);
  return together(shipped, await completeWhereDone(trx, settings, orderId, actor));
}

function countOf(goods: readonly WantedGoods[]): number {
  return goods.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Completes an order that ships, once every line of it is shipped or cancelled. */
export async function completeWhereDone(
  trx: Trx,
  settings: Settings,
  orderId: string,
  actor: string,
): Promise<Advanced> {
  const isDone = (goods: Goods) => leftToShip(goods) === 0;
  const done = (await readGoods(trx, orderId)).every(isDone);
  return advance(trx, settings, "completed", done ? [{ orderId }] : [], actor);
}

type Standing = {
  status: OrderStatus;
  /** A bank disputes a payment of it, or has taken one back. */
  isDisputed: boolean;
  isLost: boolean;
  /** Some of its money is still here: not taken back, given back or asked back. */
  isPaidFor: boolean;
};

/** The caller holds the order's lock: whoever changes its money waits. */
async function readStanding(trx: Trx, orderId: string): Promise<Standing> {
  const { rows } = await sql<Standing>`
    SELECT status,
      EXISTS (SELECT FROM disputes WHERE order_id = orders.id AND status = 'open')
        AS "isDisputed",
      EXISTS (SELECT FROM disputes WHERE order_id = orders.id AND status = 'lost') AS "isLost",
      EXISTS (
        SELECT FROM payments WHERE order_id = orders.id AND status = 'captured'
          AND NOT EXISTS (
            SELECT FROM disputes WHERE payment_id = payments.id AND status = 'lost'
          ) AND captured_minor > (
            SELECT coalesce(sum(amount_minor), 0) FROM refunds
            WHERE payment_id = payments.id AND status <> 'failed'
          )
      ) AS "isPaidFor"
    FROM orders WHERE id = ${orderId}`.execute(trx);
  return rows[0] as Standing;
}

function refuse({ status, isDisputed, isLost, isPaidFor }: Standing): Refused | null {
  if (status === "completed") {
    return new Refused("nothing_to_ship", "Every line of the order is shipped or cancelled.");
  }
  if (status !== "paid" && status !== "fulfilling") {
    const message = `The order is ${status.replaceAll("_", " ")}: only a paid order is shipped.`;
    return new Refused("order_not_paid", message);
  }
  if (isDisputed) {
    const message = "The customer's bank disputes the payment: nothing ships until it is closed.";
    return new Refused("dispute_open", message);
  }
  if (isPaidFor) return null;
  if (isLost) {
    const message = "The customer's bank has taken the money back: cancel what is not shipped.";
    return new Refused("dispute_lost", message);
  }
  const message = "All of the order's money went back: cancel what is not shipped.";
  return new Refused("order_is_refunded", message);
}
