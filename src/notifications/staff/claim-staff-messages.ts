import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Db } from "../../db/connect.ts";
import type { Trx } from "../../db/transaction.ts";
import { claimed } from "../claim-messages.ts";
import type { StaffMessage } from "./staff-messages.ts";

/** Takes messages to staff for sending, in the way of those to customers. */
export async function claimStaffMessages(
  db: Db | Trx,
  settings: Pick<Settings, "MESSAGE_UNKNOWN_SECONDS">,
  ids: readonly string[],
): Promise<StaffMessage[]> {
  const { rows } = await sql<StaffMessage>`
    WITH ${claimed(settings, ids, sql`recipient <> 'customer'`)}
    SELECT n.id, n.template, n.channel, n.tries, n.unknowns, n.recipient, n.letter,
      n.created_at AS "createdAt",
      CASE WHEN o.id IS NOT NULL THEN json_build_object(
        'id', o.id, 'number', o.number, 'shopName', s.name, 'currency', o.currency,
        'totalMinor', o.total_minor, 'event', e.event) END AS "order"
    FROM claimed AS n
    LEFT JOIN orders AS o ON o.id = n.order_id
    LEFT JOIN shops AS s ON s.id = o.shop_id
    LEFT JOIN order_events AS e ON e.order_id = n.order_id AND e.seq = n.seq`.execute(db);
  return rows;
}
