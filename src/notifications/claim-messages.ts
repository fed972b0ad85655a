import { type RawBuilder, sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import type { Trx } from "../db/transaction.ts";
import type { Apology } from "./facts.ts";
import type { Channel, MessageTemplate } from "./lifecycle.ts";

/** A message that is ours to send now, with all that it may say. */
export type ClaimedMessage = {
  id: string;
  orderId: string;
  template: MessageTemplate;
  channel: Channel;
  /** The number of this claim: an outcome counts only while no later claim was made. */
  tries: number;
  /** How often its outcome was unknown before. */
  unknowns: number;
  shopName: string;
  orderNumber: string;
  locale: string;
  currency: string;
  totalMinor: number;
  tokenVersion: number;
  expiresAt: Date | null;
  payable: boolean;
  contact: { key_id: string; sealed: Buffer } | null;
  lines: {
    sku: string;
    writtenSku: string;
    name: string;
    quantity: number;
    unitPriceMinor: number;
  }[];
  adjustments: { kind: "shipping" | "discount" | "tax"; name: string; amountMinor: number }[];
  /** What the history says about the event that the message tells of. */
  detail: EventDetail;
};

/** Each event writes what its own message needs. */
type EventDetail = {
  shortages?: { sku: string; requested: number; available: number }[];
  code?: string;
  declineCode?: string | null;
  cancelledTooLate?: boolean;
  revived?: boolean;
  /** Of an end that Stripe did not confirm: `stripe_unreachable` or `still_processing`. */
  because?: string;
  /** Of a cancellation: what was agreed about the money. */
  refund?: "full" | "none" | null;
  refundMinor?: number | null;
  /** Of a refund. */
  refundId?: string;
  amountMinor?: number;
  currency?: string;
  reason?: string | null;
  whole?: boolean;
  apology?: Apology | null;
  /** Of a shipment, and of goods that are cancelled. */
  lines?: { sku: string; quantity: number }[];
  carrier?: string;
  trackingNumber?: string | null;
  trackingUrl?: string | null;
  left?: number;
};

/**
 * Takes messages for sending: `sending` is on record before a supplier hears of them. One that
 * is being sent is taken again only when its outcome has been unknown for long enough.
 */
export async function claimMessages(
  db: Db | Trx,
  settings: Pick<Settings, "MESSAGE_UNKNOWN_SECONDS">,
  ids: readonly string[],
): Promise<Map<string, ClaimedMessage>> {
  // One statement: the facts are read beside the claim, which alone says what is ours to send.
  const { rows } = await sql<ClaimedMessage & { sealed: Buffer | null; key_id: string | null }>`
    WITH ${claimed(settings, ids, sql`recipient = 'customer'`)}
    SELECT n.id, n.order_id AS "orderId", n.template, n.channel, n.tries, n.unknowns, e.detail,
      s.name AS "shopName", o.number AS "orderNumber", o.locale, o.currency,
      o.total_minor AS "totalMinor", o.token_version AS "tokenVersion",
      o.expires_at AS "expiresAt", c.key_id, c.sealed,
      o.status = 'awaiting_payment' AND o.closing IS NULL AS payable,
      (SELECT coalesce(json_agg(json_build_object(
          'sku', sku, 'writtenSku', written_sku, 'name', name, 'quantity', quantity,
          'unitPriceMinor', unit_price_minor) ORDER BY position), '[]')
        FROM order_lines WHERE order_id = o.id) AS lines,
      (SELECT coalesce(json_agg(json_build_object(
          'kind', kind, 'name', name, 'amountMinor', amount_minor) ORDER BY position), '[]')
        FROM order_adjustments WHERE order_id = o.id) AS adjustments
    FROM claimed AS n
    JOIN orders AS o ON o.id = n.order_id
    JOIN shops AS s ON s.id = o.shop_id
    JOIN order_events AS e ON e.order_id = n.order_id AND e.seq = n.seq
    LEFT JOIN order_contacts AS c ON c.order_id = n.order_id`.execute(db);
  return new Map(
    rows.map(({ key_id, sealed, ...message }) => [
      message.id,
      { ...message, contact: key_id && sealed ? { key_id, sealed } : null },
    ]),
  );
}

/** The rows that are ours to send now, as `claimed`, whose `sending` is on record. */
export function claimed(
  settings: Pick<Settings, "MESSAGE_UNKNOWN_SECONDS">,
  ids: readonly string[],
  whose: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const patience = sql`make_interval(secs => ${settings.MESSAGE_UNKNOWN_SECONDS})`;
  return sql`locked AS MATERIALIZED (
      SELECT id FROM notifications
      WHERE id = ANY(${ids}::uuid[]) AND ${whose}
        AND (status = 'pending' OR status = 'sending' AND claimed_at <= now() - ${patience})
      ORDER BY id FOR NO KEY UPDATE
    ), claimed AS (
      UPDATE notifications SET tries = tries + 1, claimed_at = now(), status = 'sending',
        unknowns = unknowns + (notifications.status = 'sending')::integer,
        due_at = now() + ${patience}
      FROM locked WHERE notifications.id = locked.id RETURNING notifications.*
    )`;
}

/** What came of sending a message. */
export type SendOutcome = { id: string; tries: number } & (
  | { status: "sent"; providerId: string }
  /** It was not sent; it is tried again, after the time that the supplier asked for, if any. */
  | { status: "pending"; reason: string; afterSeconds: number }
  /** It may have been sent: it is sent once more after a while, at the risk of a duplicate. */
  | { status: "sending"; reason: string }
  | { status: "failed" | "dropped"; reason: string }
);

/** Books outcomes, each only while its claim is the message's last. */
export async function saveOutcomes(
  db: Db | Trx,
  settings: Pick<Settings, "LEASE_SECONDS" | "MESSAGE_UNKNOWN_SECONDS">,
  outcomes: readonly SendOutcome[],
): Promise<void> {
  await sql`
    WITH outcome AS (
      SELECT * FROM unnest(
        ${outcomes.map(({ id }) => id)}::uuid[],
        ${outcomes.map(({ tries }) => tries)}::integer[],
        ${outcomes.map(({ status }) => status)}::text[],
        ${outcomes.map((each) => ("providerId" in each ? each.providerId : null))}::text[],
        ${outcomes.map((each) => ("reason" in each ? each.reason : null))}::text[],
        ${outcomes.map((each) => ("afterSeconds" in each ? each.afterSeconds : 0))}::float8[]
      ) AS o (id, tries, status, provider_id, reason, after_seconds)
    ), locked AS MATERIALIZED (
      SELECT id FROM notifications JOIN outcome USING (id, tries)
      WHERE notifications.status = 'sending' ORDER BY id FOR NO KEY UPDATE OF notifications
    )
    UPDATE notifications SET status = outcome.status, reason = outcome.reason,
      provider_id = coalesce(outcome.provider_id, notifications.provider_id),
      sent_at = CASE WHEN outcome.status = 'sent' THEN now() END,
      due_at = CASE outcome.status
        WHEN 'pending' THEN
          now() + make_interval(secs => greatest(outcome.after_seconds, ${settings.LEASE_SECONDS}))
        WHEN 'sending' THEN now() + make_interval(secs => ${settings.MESSAGE_UNKNOWN_SECONDS})
      END
    FROM outcome, locked
    WHERE notifications.id = outcome.id AND locked.id = outcome.id`.execute(db);
}
