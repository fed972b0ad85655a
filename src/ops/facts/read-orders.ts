import { sql } from "kysely";
import type { Trx } from "../../db/transaction.ts";
import { moneyOfOrder, type OrderMoney } from "../../orders/find-order.ts";
import {
  type FulfilmentView,
  fulfilmentOfOrder,
  keptGoodsOfOrder,
  nothingFulfilled,
} from "../../orders/fulfilment/fulfilment-view.ts";
import type { WantedGoods } from "../../orders/fulfilment/goods.ts";
import type { Adjustment, PricedLine } from "../../orders/price-orders.ts";
import type {
  ActFact,
  EventFact,
  HoldFact,
  MessageFact,
  OrderFact,
  StaffMessageFact,
} from "./facts.ts";
import { groupByOrder, ofOrders, waiting } from "./rows.ts";

/** An order with its goods, and what is true of the whole installation at that moment. */
export type OrderRow = {
  now: Date;
  order: OrderFact;
  lines: PricedLine[];
  adjustments: Adjustment[];
  fulfilment: FulfilmentView;
  keptGoods: WantedGoods[];
  writesStopped: string | null;
};

type Flat = Omit<OrderFact, "contact" | "capturedMinor" | "refundedMinor"> &
  Omit<OrderRow, "order" | "fulfilment"> & {
    sealed: Buffer | null;
    key_id: string | null;
    money: OrderMoney;
    fulfilment: FulfilmentView | null;
  };

/** Reads orders whole, each with its lines. */
export async function readOrders(trx: Trx, ids: readonly string[]): Promise<OrderRow[]> {
  const { rows } = await sql<Flat>`
    SELECT now() AS now, o.id, o.shop_id AS "shopId", s.name AS "shopName", o.number, o.status,
      o.closing, o.attention, o.version, o.currency, o.total_minor AS "totalMinor", o.locale,
      o.customer_ref AS "customerRef", o.token_version AS "tokenVersion",
      o.placed_at AS "placedAt", o.expires_at AS "expiresAt", o.held_at AS "heldAt",
      o.pays_by_link AS "paysByLink", o.settled_at AS "settledAt",
      o.due_at AS "dueAt", o.round, o.last_error AS "lastError",
      CASE WHEN o.last_error IS NOT NULL THEN o.failing_since END AS "failingSince",
      c.key_id, c.sealed, c.phone_hash IS NOT NULL AS "hasPhone",
      (SELECT stopped_because FROM installation) AS "writesStopped",
      (SELECT coalesce(json_agg(json_build_object(
          'sku', sku, 'writtenSku', written_sku, 'name', name, 'quantity', quantity,
          'unitPriceMinor', unit_price_minor) ORDER BY position), '[]')
        FROM order_lines WHERE order_id = o.id) AS lines,
      (SELECT coalesce(json_agg(json_build_object(
          'kind', kind, 'name', name, 'amountMinor', amount_minor) ORDER BY position), '[]')
        FROM order_adjustments WHERE order_id = o.id) AS adjustments,
      ${moneyOfOrder} AS money, ${fulfilmentOfOrder} AS fulfilment,
      ${keptGoodsOfOrder} AS "keptGoods"
    FROM orders AS o JOIN shops AS s ON s.id = o.shop_id
    LEFT JOIN order_contacts AS c ON c.order_id = o.id
    WHERE o.id = ANY(${ids}::uuid[])`.execute(trx);
  return rows.map(({ now, lines, adjustments, fulfilment, keptGoods, writesStopped, ...row }) => ({
    ...{ now, lines, adjustments, keptGoods, writesStopped },
    fulfilment: fulfilment ?? nothingFulfilled,
    order: orderOf(row),
  }));
}

function orderOf({ sealed, key_id, money, ...order }: Omit<Flat, keyof OrderRow>): OrderFact {
  return {
    ...order,
    capturedMinor: money.capturedMinor,
    refundedMinor: money.refundedMinor,
    contact: key_id && sealed ? { key_id, sealed } : null,
  };
}

/** What happened to orders, what they hold, what was written to their customers, what was done. */
export async function readCourses(trx: Trx, ids: readonly string[]) {
  const { rows: events } = await sql<EventFact & { orderId: string }>`
    SELECT order_id AS "orderId", seq, event, from_status AS "from", to_status AS "to", actor,
      detail, at
    FROM order_events WHERE ${ofOrders(ids)} ORDER BY order_id, seq`.execute(trx);
  const { rows: holds } = await sql<HoldFact & { orderId: string }>`
    SELECT order_id AS "orderId", id, sku, location, quantity, status, created_at AS "createdAt",
      changed_at AS "changedAt"
    FROM holds WHERE ${ofOrders(ids)} ORDER BY created_at, sku, id`.execute(trx);
  const { rows: written } = await sql<Written>`
    SELECT order_id AS "orderId", id, seq, template, channel, status, tries, unknowns,
      claimed_at AS "claimedAt", sent_at AS "sentAt", provider_id AS "providerId", reason,
      created_at AS "createdAt", resend_of AS "resendOf", recipient, delivery,
      delivery_at AS "deliveryAt", delivery_reason AS "deliveryReason",
      delivery_told_at AS "deliveryToldAt", ${waiting}
    FROM notifications WHERE ${ofOrders(ids)} ORDER BY created_at, id`.execute(trx);
  const [messages, toStaff] = byRecipient(written);
  const { rows: acts } = await sql<ActFact & { orderId: string }>`
    SELECT order_id AS "orderId", id, actor, act, subject, reason, outcome, at
    FROM operator_acts WHERE ${ofOrders(ids)} ORDER BY at, id`.execute(trx);
  return {
    events: groupByOrder(events),
    holds: groupByOrder(holds),
    messages: groupByOrder(messages),
    staffMessages: (id: string) => told(id, toStaff, events),
    acts: groupByOrder(acts),
  };
}

type Written = MessageFact & { orderId: string; recipient: string };

/** What customers were written, and what staff was. */
function byRecipient(written: readonly Written[]): [Omit<Written, "recipient">[], Written[]] {
  const [toCustomers, toStaff] = [true, false].map((wanted) =>
    written.filter(({ recipient }) => (recipient === "customer") === wanted),
  );
  return [(toCustomers ?? []).map(({ recipient: _, ...message }) => message), toStaff ?? []];
}

/** What staff was written about an order, by the event that it tells of. */
function told(
  id: string,
  written: readonly Written[],
  events: readonly (EventFact & { orderId: string })[],
): StaffMessageFact[] {
  return written.flatMap(({ orderId, recipient: _, template: __, ...message }) => {
    const event = events.find((each) => each.orderId === orderId && each.seq === message.seq);
    return orderId === id && event ? [{ ...message, event: event.event }] : [];
  });
}
