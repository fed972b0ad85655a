import { sql } from "kysely";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import type { MessageStatus } from "../../notifications/lifecycle.ts";

/**
 * How often a customer is asked to pay one order: some mails come late, so the next link waits a
 * little; and who does not answer so many does not answer another.
 */
const pauseMinutes = 5;
export const mostLinks = 5;

/** A message with a pay link. What goes by mail and by SMS at one moment is one link. */
type PayLink = { status: MessageStatus; createdAt: Date };

/** Why no pay link is sent now, and when the next is possible; null where it is. */
export function refusePayLink(links: readonly PayLink[], now: Date): Refused | null {
  if (links.some(({ status }) => status === "pending" || status === "sending")) {
    return new Refused(
      "pay_link_on_its_way",
      "A pay link is still on its way: Aurora tries by itself until it is sent or given up.",
    );
  }
  // One that failed or was dropped asked nobody for anything.
  const moments = new Set(
    links.filter(({ status }) => status === "sent").map(({ createdAt }) => createdAt.getTime()),
  );
  if (moments.size >= mostLinks) {
    return new Refused(
      "too_many_pay_links",
      `${mostLinks} pay links were sent for this order, and no more are. The last one still ` +
        "works while the order can be paid: call the customer.",
    );
  }
  const next = Math.max(...moments) + pauseMinutes * 60_000;
  if (moments.size === 0 || next <= now.getTime()) return null;
  return new Refused(
    "pay_link_just_sent",
    `A pay link was sent less than ${pauseMinutes} minutes ago. The next is possible at ` +
      `${new Date(next).toISOString().slice(11, 16)} UTC.`,
  );
}

/** The same from the order's messages; the caller holds the order's lock. */
export async function findPayLinkRefusal(trx: Trx, orderId: string): Promise<Refused | null> {
  const { rows } = await sql<PayLink & { now: Date }>`
    SELECT status, created_at AS "createdAt", clock_timestamp() AS now FROM notifications
    WHERE order_id = ${orderId}::uuid AND template = 'pay_link'`.execute(trx);
  return refusePayLink(rows, rows[0]?.now ?? new Date(0));
}
