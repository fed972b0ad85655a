import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Db } from "../../src/db/connect.ts";

/**
 * What a busy shop keeps for some days only, one row for each of its orders: keys of requests, what
 * another system was told, what suppliers said of messages. A tenth is so old that it is deleted.
 */
export async function fillWithRecentRows(db: Db): Promise<void> {
  await sql`CREATE TABLE recent AS
    SELECT orders.id, orders.shop_id, row_number() OVER (ORDER BY orders.id) AS nr,
      (SELECT id FROM notifications WHERE order_id = orders.id LIMIT 1) AS message,
      now() - CASE WHEN row_number() OVER (ORDER BY orders.id) % 10 = 0
        THEN interval '35 days' ELSE interval '1 day' END AS at
    FROM orders`.execute(db);
  await sql`INSERT INTO idempotency_keys
    (shop_id, operation, key, fingerprint, resource_id, created_at)
    SELECT shop_id, 'place_order', 'recent-' || nr, '', id, at FROM recent`.execute(db);
  await sql`INSERT INTO delivery_reports (id, notification_id, delivery, at, received_at)
    SELECT 'recent:' || nr, message, 'delivered', at, at FROM recent`.execute(db);
  const endpoint = randomUUID();
  await sql`INSERT INTO webhook_endpoints (id, shop_id, url, status, key_id, sealed)
    SELECT ${endpoint}, id, 'https://erp.example/aurora', 'disabled', 'k1', '' FROM shops`.execute(
    db,
  );
  await sql`INSERT INTO webhook_deliveries
    (endpoint_id, order_id, seq, status, tries, http_status, created_at, ended_at)
    SELECT ${endpoint}, id, 1, 'delivered', 1, 204, at, at FROM recent`.execute(db);
  await sql`INSERT INTO webhook_attempts (delivery_id, nr, at, milliseconds, http_status)
    SELECT id, 1, ended_at, 9, 204 FROM webhook_deliveries`.execute(db);
  await sql`INSERT INTO webhook_bodies (event_id, body)
    SELECT webhook_events.id, '{}' FROM webhook_events WHERE payment_id IN (
      SELECT payments.id FROM payments JOIN recent ON recent.id = order_id WHERE nr % 10 = 0
    )`.execute(db);
  await sql`UPDATE order_contacts SET erase_at = now() - interval '1 hour' FROM recent
    WHERE order_id = id AND nr % 10 = 0`.execute(db);
  await sql`DROP TABLE recent`.execute(db);
  await sql`ANALYZE`.execute(db);
}
