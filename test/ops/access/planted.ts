import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { TestApi } from "../../support/api.ts";

export const address = "planted.person@secret.example";
export const planted = `refused: 550 ${address}, +447700900999, 07700 900999 or root@planted`;
/** What operators and shops write: they name people in words that no pattern knows. */
export const written = `Ada Plugh, ${planted}`;
const deep = JSON.stringify({
  ...{ because: planted, more: [{ words: planted }], [address]: 1 },
  ...{ note: written, reference: written, returned: written },
});

/** Whether a text names the person, however their number is written. */
export function namesThem(text: string): boolean {
  const digits = text.replace(/[\s().-]/g, "");
  return (
    /planted\.person|secret\.example|root(@|%40)planted|plugh/i.test(text) ||
    /7700900999/.test(digits)
  );
}

/**
 * Columns in which nobody writes freely: ids, codes, and words of our own. Every other text in the
 * database is written over: a new column is too, until it is named here.
 */
const closed: Record<string, readonly string[]> = {
  alarms: ["code", "status"],
  api_keys: ["kind", "prefix"],
  breaks: ["object_id", "fault", "status", "outcome"],
  cancelled_lines: ["sku"],
  delivery_reports: ["id", "delivery"],
  disputes: ["id", "status", "currency"],
  heartbeats: ["instance", "role"],
  holds: ["sku", "location", "status"],
  idempotency_keys: ["operation", "key", "resource_id"],
  installation: ["stripe_account", "database_identity", "stopped_because"],
  installation_acts: ["act", "actor"],
  invariant_findings: ["name"],
  ledger_entries: ["movement", "account", "currency"],
  line_cancellations: ["actor"],
  // A letter to staff names orders by their numbers alone.
  notifications: [
    ...["template", "channel", "recipient", "status", "provider_id", "delivery", "letter"],
  ],
  operator_acts: ["actor", "act", "idempotency_key"],
  operator_sessions: ["operator"],
  operators: ["name", "role", "password"],
  order_adjustments: ["kind"],
  order_contacts: ["key_id"],
  // Goods as they are wanted, by SKU, and amounts.
  order_edits: ["goods", "difference", "actor"],
  order_events: ["event", "from_status", "to_status", "actor"],
  order_lines: ["sku", "written_sku"],
  orders: ["number", "status", "closing", "attention", "currency", "locale"],
  payment_failures: ["charge_id"],
  // An admin wrote the reference: see the act.
  payments: [
    "status",
    "currency",
    "intent_id",
    "client_secret",
    "captured_currency",
    "method",
    "provider",
    "reference",
  ],
  products: ["sku", "written_sku", "currency"],
  refund_lines: ["sku"],
  refunds: ["intention", "status", "currency", "reason", "actor", "stripe_id", "provider"],
  return_lines: ["sku"],
  returns: ["actor"],
  shipment_lines: ["sku"],
  // A web address by a constraint: the person is planted in one below.
  shipments: ["actor", "tracking_url"],
  shops: ["currency"],
  // As the configuration has them; staff by a hash of their address.
  staff_rules: ["event", "minimums", "sku", "channel", "recipient"],
  stock_levels: ["sku", "location"],
  stock_movements: ["sku", "location", "kind", "actor"],
  stripe_cursors: ["name"],
  webhook_bodies: ["event_id"],
  webhook_deliveries: ["kind", "status"],
  webhook_endpoints: ["url", "status", "disabled_by", "key_id", "old_key_id"],
  webhook_events: ["id", "source", "type", "intent_id", "status", "topic"],
};

/** Where operators and shops write in words of their own. */
const byPeople: Record<string, readonly string[]> = {
  installation_acts: ["reason"],
  operator_acts: ["subject", "reason"],
  order_adjustments: ["name"],
  orders: ["customer_ref"],
  refunds: ["note"],
  returns: ["note"],
  shipments: ["tracking_number"],
};

type Column = { table: string; column: string; type: "text" | "jsonb" };

async function freeColumns(api: TestApi): Promise<Column[]> {
  const { rows } = await sql<Column>`
    SELECT table_name AS table, column_name AS column, data_type AS type
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type IN ('text', 'jsonb')
      AND table_name NOT LIKE 'kysely%'`.execute(api.db);
  return rows.filter(({ table, column }) => !closed[table]?.includes(column));
}

/** Writes the person into every free text there is; answers the tables that had no row for it. */
export async function plantEverywhere(api: TestApi, orderId: string): Promise<string[]> {
  for (const row of rowsOfEveryKind(orderId)) await row.execute(api.db);
  const columns = await freeColumns(api);
  const empty = new Set<string>();
  await api.db.transaction().execute(async (trx) => {
    // Some tables are append-only.
    await sql`SET LOCAL session_replication_role = 'replica'`.execute(trx);
    for (const { table, column, type } of columns) {
      const name = sql.ref(column);
      const array = sql`jsonb_build_array(${deep}::jsonb)`;
      const value =
        type === "text"
          ? sql`${byPeople[table]?.includes(column) ? written : planted}`
          : sql`CASE jsonb_typeof(${name}) WHEN 'array' THEN ${array}
            ELSE coalesce(${name}, '{}') || ${deep}::jsonb END`;
      const { numAffectedRows } = await sql`
        UPDATE ${sql.table(table)} SET ${name} = ${value}`.execute(trx);
      if (numAffectedRows === 0n) empty.add(table);
    }
  });
  return [...empty];
}

const [endpoint, delivery] = [randomUUID(), randomUUID()];
const [shipment, cancellation, returned] = [randomUUID(), randomUUID(), randomUUID()];
const trackingUrl = `https://track.example/plugh?to=${address}`;
/** As acts of old said it. */
const sentence = `The order is paid: its money is to be found under ${written}.`;

/** What the order of a test does not have by itself. */
function rowsOfEveryKind(id: string) {
  return [
    sql`UPDATE notifications SET status = 'failed', due_at = NULL, reason = 'x', last_error = 'x'
      WHERE order_id = ${id}`,
    sql`INSERT INTO refunds (id, order_id, payment_id, status, amount_minor, currency, reason,
        actor, failure)
      SELECT gen_random_uuid(), order_id, id, 'failed', 1, currency, 'other', 'ops:ann', 'x'
      FROM payments WHERE order_id = ${id}`,
    sql`INSERT INTO disputes (id, order_id, payment_id, status, amount_minor, currency, reason,
        observed_at)
      SELECT 'du_planted', order_id, id, 'won', 1, currency, 'x', now()
      FROM payments WHERE order_id = ${id}`,
    sql`INSERT INTO payment_failures (charge_id, payment_id, code)
      SELECT 'ch_planted', id, 'x' FROM payments WHERE order_id = ${id}`,
    sql`INSERT INTO webhook_events (id, source, type, topic, payment_id, status, due_at)
      SELECT 'evt_planted', 'webhook', 'payment_intent.succeeded', 'intent', id, 'received', now()
      FROM payments WHERE order_id = ${id}`,
    sql`INSERT INTO webhook_bodies (event_id, body) VALUES ('evt_planted', '{}')`,
    sql`INSERT INTO delivery_reports (id, notification_id, delivery, at)
      SELECT 'report_planted', id, 'bounced', now() FROM notifications
      WHERE order_id = ${id} LIMIT 1`,
    sql`INSERT INTO webhook_endpoints (id, shop_id, url, key_id, sealed)
      SELECT ${endpoint}, shop_id, 'https://hooks.example/plugh/root@planted', 'k', 'x'
      FROM orders WHERE id = ${id}`,
    sql`INSERT INTO webhook_deliveries (id, endpoint_id, order_id, seq, status, ended_at)
      VALUES (${delivery}, ${endpoint}, ${id}, 1, 'failed', now())`,
    sql`INSERT INTO webhook_attempts (delivery_id, nr, at, milliseconds)
      VALUES (${delivery}, 1, now(), 1)`,
    sql`INSERT INTO shipments (id, order_id, carrier, tracking_number, tracking_url, actor)
      VALUES (${shipment}, ${id}, 'x', 'x', ${trackingUrl}, 'x')`,
    sql`INSERT INTO shipment_lines (shipment_id, sku, quantity) VALUES (${shipment}, 'seen', 1)`,
    sql`INSERT INTO line_cancellations (id, order_id, keeps_money, actor)
      VALUES (${cancellation}, ${id}, true, 'x')`,
    sql`INSERT INTO cancelled_lines (cancellation_id, sku, quantity)
      VALUES (${cancellation}, 'seen', 1)`,
    sql`INSERT INTO returns (id, order_id, note, actor) VALUES (${returned}, ${id}, 'x', 'x')`,
    sql`INSERT INTO return_lines (return_id, sku, restock, quantity)
      VALUES (${returned}, 'seen', true, 1)`,
    sql`INSERT INTO breaks (id, object_id, fault, order_id, due_at, last_error, found_at)
      VALUES (gen_random_uuid(), 'pi_planted', 'differs', ${id}, now(), 'x',
        now() - interval '1 day')`,
    sql`UPDATE stripe_cursors SET position = now() - interval '2 days'`,
    sql`INSERT INTO order_adjustments (order_id, position, kind, name, amount_minor)
      VALUES (${id}, 1, 'shipping', 'x', 1)`,
    sql`INSERT INTO invariant_findings (name, promise, examined, broken, rows)
      VALUES ('planted', 'A promise.', 1, 1, '[]')`,
    sql`INSERT INTO installation_acts (act, reason, actor, was)
      VALUES ('keep', 'x', 'cli:ann', '{}')`,
    ...[sql`${id}::uuid`, sql`NULL`].map(
      (order) => sql`INSERT INTO operator_acts (id, actor, act, order_id, reason, idempotency_key,
          fingerprint, outcome)
        SELECT id, 'ops:ann', 'check', ${order}, 'x', id::text, 'x', ${JSON.stringify({ sentence })}
        FROM gen_random_uuid() AS id`,
    ),
  ];
}
