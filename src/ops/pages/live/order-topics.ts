import { sql } from "kysely";
import type { Db } from "../../../db/connect.ts";
import type { Fingerprint } from "./live.ts";

/**
 * All rows that an order's page is made of, in one short text: each changes it by its status,
 * its version, or by being there. Leases that only move a clock on do not.
 */
export function orderFingerprint(db: Db): Fingerprint {
  return async (orderIds) => {
    const { rows } = await sql<{ id: string; seen: string }>`
      SELECT o.id, md5(concat_ws('/',
        o.version, o.attention, o.closing, o.expires_at, o.settled_at, o.round,
        (SELECT string_agg(concat(p.status, p.version, p.round), ',' ORDER BY p.id)
          FROM payments AS p WHERE p.order_id = o.id),
        (SELECT string_agg(concat(r.status, r.version, r.round), ',' ORDER BY r.id)
          FROM refunds AS r WHERE r.order_id = o.id),
        (SELECT string_agg(concat(d.status, d.version), ',' ORDER BY d.id)
          FROM disputes AS d WHERE d.order_id = o.id),
        (SELECT string_agg(concat(n.status, n.tries, n.round, n.delivery), ',' ORDER BY n.id)
          FROM notifications AS n WHERE n.order_id = o.id),
        (SELECT string_agg(concat(w.status, w.tries), ',' ORDER BY w.nr)
          FROM webhook_deliveries AS w WHERE w.order_id = o.id),
        (SELECT string_agg(concat(h.status, h.quantity), ',' ORDER BY h.id)
          FROM holds AS h WHERE h.order_id = o.id),
        (SELECT string_agg(concat(e.status, e.round), ',' ORDER BY e.id)
          FROM webhook_events AS e WHERE e.payment_id IN (
            SELECT p.id FROM payments AS p WHERE p.order_id = o.id
          )),
        (SELECT count(*) FROM operator_acts AS a WHERE a.order_id = o.id)
      )) AS seen
      FROM orders AS o WHERE o.id = ANY(${orderIds.filter(isId)}::uuid[])`.execute(db);
    const seen = new Map(rows.map((row) => [row.id, row.seen]));
    return orderIds.map((id) => seen.get(id) ?? "");
  };
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
