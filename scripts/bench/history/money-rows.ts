import { after, at, pastAtEnd, pastByLine } from "./columns.ts";

/** What Stripe keeps of a payment, as the stand-in does: 1.5 % and 20. */
const fee = "(total_minor * 15 / 1000 + 20)";

/** Both entries of a movement, from one account to the other. */
function entries(movement: string, amount: string, [from, to]: [string, string], where: string) {
  return `
  INSERT INTO ledger_entries
    (movement, account, order_id, payment_id, amount_minor, currency, at)
  SELECT ${movement}, account, order_id, payment_id, sign * ${amount}, currency, ${at}
  FROM ${pastByLine} AND ${where} CROSS JOIN (VALUES ('${from}', -1), ('${to}', 1))
    AS sides (account, sign) ORDER BY n, account`;
}

const payments = `
  INSERT INTO payments (id, order_id, attempt, status, version, amount_minor, currency, asked_at,
    intent_id, secret_stored_at, captured_minor, captured_currency, captured_at, observed_at,
    created_at, method)
  SELECT payment_id, order_id, 1, CASE WHEN is_paid THEN 'captured' ELSE 'cancelled' END, 3,
    total_minor, currency, ${after(1)}, intent_id, ${after(2)},
    CASE WHEN is_paid THEN total_minor ELSE 0 END, CASE WHEN is_paid THEN currency END,
    CASE WHEN is_paid THEN ${after(60)} END,
    CASE WHEN is_paid THEN ${after(60)} ELSE ${at} END, ${after(1)},
    CASE WHEN is_paid THEN 'card' END
  FROM ${pastAtEnd} WHERE past.life <> 'rejected' ORDER BY n`;

const failures = `
  INSERT INTO payment_failures (charge_id, payment_id, code, decline_code, at)
  SELECT 'ch_' || substr(intent_id, 4), payment_id, 'card_declined', 'insufficient_funds', ${at}
  FROM ${pastByLine} AND event = 'payment_declined' ORDER BY n`;

const refunds = [
  `INSERT INTO refunds (id, order_id, payment_id, intention, status, version, amount_minor,
    currency, reason, actor, asked_at, stripe_id, observed_at, created_at, settled_at)
  SELECT refund_id, order_id, payment_id, intention, 'succeeded', 2, refund_minor, currency,
    split_part(intention, ':', 1), actor, ${at}, 're_' || substr(intent_id, 4),
    ${at}, ${at}, ${at} + interval '1 s'
  FROM ${pastByLine} AND event = 'refund_requested' ORDER BY intention`,
  `INSERT INTO refund_lines (refund_id, sku, quantity, worth_minor)
  SELECT refund_id, sku_a, 1, refund_minor FROM past WHERE life = 'returned' ORDER BY n`,
];

/** Their bodies were dropped thirty days after they were applied. */
const inbox = `
  INSERT INTO webhook_events
    (id, source, type, topic, intent_id, payment_id, received_at, status, settled_at)
  SELECT 'evt_' || left(md5(letters || seq), 24), 'webhook', type, topic,
    intent_id, payment_id, ${at}, 'applied', ${at}
  FROM ${pastByLine} JOIN (VALUES
    ('payment_captured', 'payment_intent.succeeded', 'intent'),
    ('payment_declined', 'payment_intent.payment_failed', 'intent'),
    ('hold_expired', 'payment_intent.canceled', 'intent'),
    ('cancelled', 'payment_intent.canceled', 'intent'),
    ('refund_succeeded', 'refund.created', 'refund')
  ) AS heard (event, type, topic) USING (event) ORDER BY n, seq`;

/** All were sent, and reached whom they were for. */
const messages = `
  INSERT INTO notifications (id, order_id, seq, template, channel, status, tries, claimed_at,
    sent_at, provider_id, created_at, delivery, delivery_at, delivery_told_at)
  SELECT (stamp || to_hex(16 + 2 * seq + (channel = 'sms')::integer) || chance)::uuid,
    order_id, seq, template, channel, 'sent', 1, ${at}, ${at} + interval '1 s',
    left(md5(letters || seq || channel), 22), ${at}, 'delivered',
    ${at} + interval '2 s', ${at} + interval '3 s'
  FROM ${pastByLine} CROSS JOIN LATERAL unnest(channels) AS told (channel)
  WHERE channel = 'email' OR has_phone ORDER BY n, seq, channel`;

/** How the orders were paid for, what of it went back, and whom that was told. */
export const moneyRows: readonly string[] = [
  ...[payments, failures, ...refunds, inbox, messages],
  entries(
    "'capture:' || payment_id",
    "total_minor",
    ["sales", "stripe"],
    "event = 'payment_captured'",
  ),
  entries("'fee:' || payment_id", fee, ["stripe", "fees"], "event = 'payment_captured'"),
  entries(
    "'refund:' || refund_id",
    "refund_minor",
    ["stripe", "sales"],
    "event = 'refund_succeeded'",
  ),
];
