import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { useApi } from "../../support/api.ts";
import { type BoughtOrder, paidOrder } from "../../support/api-money.ts";
import { type AtBrowser, signInTo } from "../../support/operators.ts";
import { addProduct } from "../../support/shop-floor.ts";

const api = useApi();
const address = "planted.person@secret.example";
const phone = "+447700900999";
const planted = `refused: 550 ${address} or ${phone} is unknown`;
let viewer: AtBrowser;
let operator: AtBrowser;
let order: BoughtOrder;

beforeAll(async () => {
  [viewer, operator] = [await signInTo(api, "viewer"), await signInTo(api, "operator")];
  await addProduct(api, "seen", { stock: 5 });
  order = await paidOrder(api, "seen");
  await plantEverywhere(order.id);
});

/** Puts the person into every text that somebody else writes and a page may quote. */
async function plantEverywhere(id: string): Promise<void> {
  const deep = JSON.stringify({ because: planted, more: [{ words: planted }] });
  const statements = [
    sql`UPDATE notifications SET status = 'failed', due_at = NULL, reason = ${planted},
      last_error = ${planted} WHERE order_id = ${id}`,
    sql`UPDATE payments SET last_error = ${planted} WHERE order_id = ${id}`,
    sql`UPDATE order_events SET detail = detail || ${deep}::jsonb WHERE order_id = ${id}`,
    sql`INSERT INTO refunds (id, order_id, payment_id, status, amount_minor, currency, reason, note,
        actor, failure, last_error)
      SELECT gen_random_uuid(), order_id, id, 'failed', 1, currency, 'other', ${planted},
        'ops:ann', ${planted}, ${planted} FROM payments WHERE order_id = ${id}`,
    sql`INSERT INTO webhook_events (id, source, type, topic, payment_id, status, due_at, last_error)
      SELECT 'evt_planted', 'webhook', 'payment_intent.succeeded', 'intent', id, 'received', now(),
        ${planted} FROM payments WHERE order_id = ${id}`,
    sql`INSERT INTO breaks (id, object_id, fault, order_id, due_at, last_error, found_at)
      VALUES (gen_random_uuid(), 'pi_planted', 'differs', ${id}, now(), ${planted},
        now() - interval '1 day')`,
    sql`UPDATE stripe_cursors SET last_error = ${planted}, position = now() - interval '2 days'`,
    sql`UPDATE stock_movements SET reason = ${planted} WHERE sku = 'seen'`,
    sql`INSERT INTO invariant_findings (name, promise, examined, broken, rows)
      VALUES ('planted', 'A promise.', 1, 1, ${`[${deep}]`}::jsonb)`,
    sql`INSERT INTO operator_acts (id, actor, act, order_id, subject, reason, input,
        idempotency_key, fingerprint, outcome)
      VALUES (gen_random_uuid(), 'ops:ann', 'check', ${id}, ${planted}, ${planted}, ${deep}::jsonb,
        'planted', 'x', ${deep}::jsonb)`,
  ];
  for (const statement of statements) await statement.execute(api.db);
}

const places = () => [
  "/ops",
  `/ops/orders/${order.id}`,
  "/ops/stock/seen",
  "/ops/webhooks",
  "/ops/webhooks/evt_planted",
  "/ops/audit",
  "/ops/health",
  `/ops/api/orders/${order.id}`,
  `/ops/api/orders/${order.id}/diagnosis`,
  "/ops/api/problems",
];

async function read(path: string, { headers }: AtBrowser): Promise<string> {
  const accept = path.startsWith("/ops/api/") ? "application/json" : "text/html";
  const answer = await api.fetch(
    new Request(`http://api.test${path}`, { headers: { ...headers, accept } }),
  );
  expect([path, answer.status]).toEqual([path, 200]);
  return await answer.text();
}

const namesThem = (text: string) => text.includes(address) || text.includes(phone);

describe("a person whom suppliers and colleagues named in free texts", () => {
  test("is not known to a viewer, whatever page they open", async () => {
    const told: string[] = [];
    for (const path of places()) if (namesThem(await read(path, viewer))) told.push(path);
    expect(told).toEqual([]);
  });

  test("is known to an operator on each of those pages", async () => {
    const silent: string[] = [];
    for (const path of places()) if (!namesThem(await read(path, operator))) silent.push(path);
    expect(silent).toEqual([]);
  });
});
