import { sql } from "kysely";
import type { Db } from "../../src/db/connect.ts";
import { inTransaction } from "../../src/db/transaction.ts";

/** An id in the order of time, the same for the same row: `kind` tells tables apart. */
const uuid = (kind: number, n: string) => `(
  lpad(to_hex(1700000000000 + ${n} * 1000), 12, '0') || '7' || lpad('${kind}', 3, '0') || '8'
  || substr(md5('${kind}:' || ${n}), 1, 15))::uuid`;
const order = uuid(1, "n");
const payment = uuid(2, "n");
const skuCount = 200;
const sku = `'bulk-' || n % ${skuCount}`;

/** Most orders are paid; some ended; the last fifty are still to be paid. */
const status = `CASE WHEN n > total - 50 THEN 'awaiting_payment' WHEN n % 100 < 90 THEN 'paid'
  WHEN n % 100 < 95 THEN 'expired' WHEN n % 100 < 97 THEN 'cancelled' ELSE 'rejected' END`;
const rows = "(SELECT n, total, status, now() - make_interval(mins => total - n) AS at FROM many)";
const isPaid = "status = 'paid'";
const isOpen = "status = 'awaiting_payment'";
const hadPayment = "status IN ('paid', 'awaiting_payment', 'cancelled')";

const statements = [
  `CREATE TEMP TABLE many ON COMMIT DROP AS
    SELECT n, total, ${status} AS status FROM (
      SELECT n::integer, $count::integer AS total FROM generate_series(1, $count::integer) AS n
    ) AS numbers`,
  `INSERT INTO shops (id, name, currency) VALUES ('00000000-0000-7000-8000-000000000001', 'Bulk',
    'gbp')`,
  `INSERT INTO products (sku, written_sku, name, price_minor, currency)
    SELECT 'bulk-' || n, 'bulk-' || n, 'Bulk', 500, 'gbp'
    FROM generate_series(0, ${skuCount - 1}) AS n`,
  `INSERT INTO stock (sku, on_hand, reserved) SELECT ${sku}, 10000000, 0
    FROM generate_series(0, ${skuCount - 1}) AS n`,
  `INSERT INTO orders (id, shop_id, number, status, version, currency, total_minor, locale,
      placed_at, held_at, due_at, expires_at)
    SELECT ${order}, '00000000-0000-7000-8000-000000000001',
      upper(substr(md5(n::text), 1, 4) || '-' || substr(md5(n::text), 5, 4) || '-'
        || substr(md5(n::text), 9, 4)), status, 4, 'gbp', 500, 'en', at, at,
      CASE WHEN ${isOpen} THEN now() + interval '30 min' END,
      CASE WHEN ${isOpen} THEN now() + interval '30 min' END
    FROM ${rows} AS r`,
  `INSERT INTO order_lines (order_id, position, sku, written_sku, name, quantity, unit_price_minor)
    SELECT ${order}, 1, ${sku}, ${sku}, 'Bulk', 1, 500 FROM many`,
  `INSERT INTO order_contacts (order_id, key_id, sealed, email_hash, phone_hash)
    SELECT ${order}, 'k1', convert_to(repeat('x', 250), 'UTF8'),
      sha256(convert_to('e' || n, 'UTF8')),
      sha256(convert_to('p' || n, 'UTF8')) FROM many`,
  `INSERT INTO order_events (order_id, seq, event, from_status, to_status, actor, at, shop_id)
    SELECT ${order}, seq, event, 'draft', status, 'test', at,
      '00000000-0000-7000-8000-000000000001' FROM ${rows} AS r,
      unnest(ARRAY['placed', 'checked_out', 'stock_reserved', 'payment_captured'])
        WITH ORDINALITY AS e (event, seq)`,
  `INSERT INTO holds (id, order_id, sku, location, quantity, status)
    SELECT ${uuid(3, "n")}, ${order}, ${sku}, 'main', 1,
      CASE status WHEN 'paid' THEN 'sold' WHEN 'awaiting_payment' THEN 'held' ELSE 'released' END
    FROM many`,
  `INSERT INTO stock_movements (sku, location, kind, reserved_delta, hold_id, actor)
    SELECT ${sku}, 'main', 'reserve', 1, ${uuid(3, "n")}, 'test' FROM many`,
  `INSERT INTO payments (id, order_id, attempt, status, amount_minor, currency, intent_id,
      captured_minor, captured_currency, captured_at, created_at, due_at)
    SELECT ${payment}, ${order}, 1, CASE status WHEN 'paid' THEN 'captured'
        WHEN 'cancelled' THEN 'cancelled' ELSE 'pending' END, 500, 'gbp', 'pi_bulk_' || n,
      CASE WHEN ${isPaid} THEN 500 ELSE 0 END, CASE WHEN ${isPaid} THEN 'gbp' END,
      CASE WHEN ${isPaid} THEN at END, at, CASE WHEN ${isOpen} THEN now() + interval '31 min' END
    FROM ${rows} AS r WHERE ${hadPayment}`,
  `INSERT INTO payment_failures (charge_id, payment_id, code)
    SELECT 'ch_bulk_' || n, ${payment}, 'card_declined' FROM many
    WHERE ${hadPayment} AND n % 5 = 0`,
  `INSERT INTO ledger_entries (movement, account, order_id, payment_id, amount_minor, currency)
    SELECT 'capture:' || n, account, ${order}, ${payment}, sign * 500, 'gbp' FROM many,
      (VALUES ('stripe', 1), ('sales', -1)) AS sides (account, sign) WHERE ${isPaid}`,
  `INSERT INTO refunds (id, order_id, payment_id, status, amount_minor, currency, reason, actor,
      stripe_id, created_at, settled_at)
    SELECT ${uuid(4, "n")}, ${order}, ${payment}, 'succeeded', 5, 'gbp', 'other', 'test',
      're_bulk_' || n, at, at FROM ${rows} AS r WHERE ${isPaid} AND n % 3 = 0`,
  `INSERT INTO disputes (id, order_id, payment_id, status, amount_minor, currency, reason,
      observed_at, closed_at)
    SELECT 'du_bulk_' || n, ${order}, ${payment}, 'won', 5, 'gbp', 'general', at, at
    FROM ${rows} AS r WHERE ${isPaid} AND n % 3 = 1`,
  `INSERT INTO webhook_events (id, source, type, topic, intent_id, payment_id, received_at, status,
      settled_at)
    SELECT 'evt_bulk_' || n, 'webhook', 'payment_intent.succeeded', 'intent', 'pi_bulk_' || n,
      ${payment}, at, 'applied', at FROM ${rows} AS r WHERE ${isPaid}`,
  `INSERT INTO breaks (id, object_id, fault, order_id, payment_id, status, outcome, settled_at)
    SELECT ${uuid(5, "n")}, 'pi_bulk_' || n, 'differs', ${order}, ${payment}, 'settled', 'applied',
      now() FROM many WHERE ${isPaid} AND n % 3 = 2`,
  `INSERT INTO notifications (id, order_id, seq, template, channel, status, provider_id, tries,
      created_at, sent_at)
    SELECT ${uuid(6, "n")}, ${order}, 4, 'order_paid', 'email', 'sent', 'SG.bulk.' || n, 1, at, at
    FROM ${rows} AS r WHERE status <> 'awaiting_payment'`,
  `INSERT INTO operator_acts (id, actor, act, order_id, reason, idempotency_key, fingerprint,
      outcome, at)
    SELECT ${uuid(7, "n")}, 'ops:ann', 'check', ${order}, 'bulk', 'key-' || n, 'x', '{}', at
    FROM ${rows} AS r WHERE n % 4 = 0`,
  `INSERT INTO webhook_endpoints (id, shop_id, url, status, key_id, sealed)
    VALUES ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001',
      'https://erp.example/aurora', 'enabled', 'k1', convert_to('x', 'UTF8'))`,
  `INSERT INTO webhook_deliveries (id, endpoint_id, order_id, seq, status, tries, http_status,
      created_at, ended_at, due_at)
    SELECT ${uuid(8, "n")}, '00000000-0000-7000-8000-000000000002', ${order}, 4,
      CASE WHEN n % 1000 = 0 THEN 'failed' WHEN ${isOpen} THEN 'pending' ELSE 'delivered' END, 1,
      204, at, CASE WHEN n % 1000 = 0 OR NOT ${isOpen} THEN at END,
      CASE WHEN n % 1000 <> 0 AND ${isOpen} THEN now() END
    FROM ${rows} AS r`,
  `INSERT INTO webhook_attempts (delivery_id, nr, at, milliseconds, http_status)
    SELECT ${uuid(8, "n")}, 1, at, 9, 204 FROM ${rows} AS r`,
  `INSERT INTO shipments (id, order_id, carrier, actor)
    SELECT ${uuid(9, "n")}, ${order}, 'Post', 'test' FROM many WHERE ${isPaid} AND n % 2 = 0`,
  `INSERT INTO shipment_lines (shipment_id, sku, quantity)
    SELECT ${uuid(9, "n")}, ${sku}, 1 FROM many WHERE ${isPaid} AND n % 2 = 0`,
  `INSERT INTO returns (id, order_id, actor)
    SELECT ${uuid(10, "n")}, ${order}, 'test' FROM many WHERE ${isPaid} AND n % 2 = 0`,
  `INSERT INTO return_lines (return_id, sku, restock, quantity)
    SELECT ${uuid(10, "n")}, ${sku}, true, 1 FROM many WHERE ${isPaid} AND n % 2 = 0`,
];

/**
 * Fills the tables with so many orders and all that belongs to them, quickly: what the domain
 * would check row by row is left out. Answers the id of one that is paid. Those that
 * scripts/bench/history makes are over and in order; these hold their stock still, and fill each
 * table that operators look at.
 */
export async function fillWithOrders(db: Db, count: number): Promise<string> {
  await inTransaction(db, async (trx) => {
    // No foreign keys are looked up: the rows are made to fit.
    await sql`SET LOCAL session_replication_role = replica`.execute(trx);
    await sql`SET LOCAL statement_timeout = '120 s'`.execute(trx);
    for (const statement of statements) {
      await sql.raw(statement.replaceAll("$count", String(count))).execute(trx);
    }
  });
  await sql`ANALYZE`.execute(db);
  const { rows: found } = await sql<{ id: string }>`
    SELECT id FROM orders WHERE status = 'paid' ORDER BY id OFFSET ${Math.floor(count / 2)} LIMIT 1
    `.execute(db);
  return found[0]?.id ?? "";
}
