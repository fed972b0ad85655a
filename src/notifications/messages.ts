import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import type { Settings } from "../config.ts";
import { leased } from "../db/clock.ts";
import { isOwnOrder } from "../db/own-rows.ts";
import type { Trx } from "../db/transaction.ts";
import type { Hint } from "../queues/hint.ts";
import type { Channel, MessageTemplate } from "./lifecycle.ts";

/** What a message tells of: an event (`version` is its seq) in an order's history. */
export type Fact = { id: string; number: string; version: number };

/** The ways that each message goes. */
export const channelsOf: Record<MessageTemplate, readonly Channel[]> = {
  order_paid: ["email", "sms"],
  order_rejected: ["email"],
  order_expired: ["email"],
  order_cancelled: ["email", "sms"],
  order_shipped: ["email", "sms"],
  lines_cancelled: ["email"],
  order_refunded: ["email", "sms"],
  payment_problem: ["email"],
  pay_link: ["email", "sms"],
};

/**
 * Writes one message per fact and channel, in the transaction of the fact itself, so that
 * nothing is announced that did not happen. SMS only where there is a phone. The customers of
 * copied orders are told by the installation that was copied.
 */
export async function writeMessages(
  trx: Trx,
  facts: readonly Fact[],
  template: MessageTemplate,
  settings: Pick<Settings, "LEASE_SECONDS">,
): Promise<Hint[]> {
  if (facts.length === 0) return [];
  const wanted = facts.flatMap((fact) =>
    channelsOf[template].map((channel) => ({ ...fact, channel, messageId: uuidv7() })),
  );
  const { rows } = await sql<{ id: string; order: string }>`
    WITH wanted AS (
      SELECT * FROM unnest(
        ${wanted.map((each) => each.messageId)}::uuid[],
        ${wanted.map((each) => each.id)}::uuid[],
        ${wanted.map((each) => each.version)}::integer[],
        ${wanted.map((each) => each.channel)}::text[],
        ${wanted.map((each) => each.number)}::text[]
      ) AS w (id, order_id, seq, channel, number)
    ), written AS (
      INSERT INTO notifications (id, order_id, seq, template, channel, due_at)
      SELECT wanted.id, wanted.order_id, seq, ${template}, channel,
        ${leased(settings)}
      FROM wanted JOIN orders ON orders.id = wanted.order_id
      LEFT JOIN order_contacts ON order_contacts.order_id = wanted.order_id
      WHERE (channel = 'email' OR phone_hash IS NOT NULL) AND ${isOwnOrder}
      ORDER BY wanted.order_id, seq, channel
      ON CONFLICT (order_id, seq, channel, recipient,
        (CASE WHEN resend_of IS NOT NULL OR order_id IS NULL THEN id END)) DO NOTHING
      RETURNING id
    )
    SELECT id, number AS "order" FROM written JOIN wanted USING (id)`.execute(trx);
  return rows.map(({ id, order }) => ({
    queue: "notification",
    kind: "send_message",
    id,
    version: 1,
    round: 0,
    order,
  }));
}
