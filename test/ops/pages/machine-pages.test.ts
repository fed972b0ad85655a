import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { putOnRecord } from "../../../src/ops/access/on-record.ts";
import { useApi } from "../../support/api.ts";
import { type BoughtOrder, paidOrder, reservedOrder } from "../../support/api-money.ts";
import { type AtBrowser, signInTo } from "../../support/operators.ts";
import { addProduct } from "../../support/shop-floor.ts";

const api = useApi();
let viewer: AtBrowser;
let operator: AtBrowser;
beforeAll(async () => {
  [viewer, operator] = [await signInTo(api, "viewer"), await signInTo(api, "operator")];
});

async function page(path: string, who: AtBrowser = operator): Promise<string> {
  const headers = { ...who.headers, accept: "text/html" };
  const answer = await api.fetch(new Request(`http://api.test${path}`, { headers }));
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return text;
}

/** An order that awaits its payment, for goods that nobody else has. */
async function orderOf(sku: string, quantity = 1): Promise<BoughtOrder> {
  await addProduct(api, sku, { stock: 5 });
  return await reservedOrder(api, sku, quantity);
}

/** What a person reads, without what the browser is told. */
function words(html: string): string {
  const main = html.slice(html.indexOf("<main"));
  return main.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
}

describe("Stock", () => {
  test("shows what is on hand, held and left, from the beginning of a SKU on", async () => {
    await addProduct(api, "Lamp-1", { stock: 7 });
    await addProduct(api, "LAMP-2");
    await addProduct(api, "chair-1", { stock: 1 });
    const lamps = words(await page("/ops/stock?sku=lamp"));
    expect(lamps).toMatch(/Lamp-1 Product Lamp-1 7 0 0 7/);
    expect(lamps).toMatch(/LAMP-2 Product LAMP-2 0 0 0 0/);
    expect(lamps).not.toContain("chair-1");
    expect(words(await page("/ops/stock?sku=no-such"))).toContain("No SKU begins with “no-such”");
  });

  test("leads through all products, page by page, each once", async () => {
    for (let nr = 0; nr < 52; nr++) await addProduct(api, `many-${String(nr).padStart(2, "0")}`);
    const first = await page("/ops/stock?sku=many-");
    const next = /rel="next" href="([^"]+)"/.exec(first)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const second = await page(next);
    const skus = [first, second].map((text) => [...text.matchAll(/>many-(\d\d)</g)].length);
    expect(skus).toEqual([50, 2]);
    expect(second).not.toContain('rel="next"');
  });

  test("tells of one product who holds it, until when, and what moved it and why", async () => {
    const { id } = await orderOf("held-one", 2);
    await addProduct(api, "held-two", { stock: 5 });
    await paidOrder(api, "held-two");
    const text = await page("/ops/stock/HELD-ONE");
    expect(text).toContain(`/ops/orders/${id}`);
    expect(words(text)).toMatch(/Reserved by orders 2 .* Who holds it .* awaiting payment 2 /);
    expect(text).toMatch(/class="deadline"/);
    expect(words(text)).toMatch(/Reserve .* Receive .* For the test/);
    expect(words(await page("/ops/stock/held-two"))).toContain("sold: until it is shipped");
  });

  test("says so where there is no such product", async () => {
    const headers = { ...operator.headers, accept: "text/html" };
    const answer = await api.ask("/ops/stock/no-such", { method: "GET", headers });
    expect(answer.status).toBe(404);
  });
});

describe("Webhooks", () => {
  beforeAll(async () => {
    const { id } = await orderOf("hooked");
    await sql`INSERT INTO webhook_events (id, source, type, topic, payment_id, status, due_at,
        last_error, round)
      SELECT 'evt_waiting', 'webhook', 'payment_intent.succeeded', 'intent', id, 'received', now(),
        'mail of buyer@shop.example failed', 2
      FROM payments WHERE order_id = ${id}`.execute(api.db);
    await sql`INSERT INTO webhook_bodies (event_id, body) VALUES ('evt_waiting', 'x')`.execute(
      api.db,
    );
    await sql`INSERT INTO webhook_events (id, source, type, topic, status, settled_at)
      VALUES ('evt_strange', 'cursor', 'charge.refunded', 'refund', 'abandoned', now())`.execute(
      api.db,
    );
  });

  test("lists what came, how, and what became of it, and filters it", async () => {
    const all = words(await page("/ops/webhooks"));
    expect(all).toMatch(/evt_waiting received mail of buyer@shop\.example failed \(2 failures\)/);
    expect(all).toMatch(/evt_strange abandoned/);
    const waiting = words(await page("/ops/webhooks?status=received"));
    expect(waiting).toContain("evt_waiting");
    expect(waiting).not.toContain("evt_strange");
    const read = words(await page("/ops/webhooks?source=cursor&type=charge.refunded"));
    expect(read).not.toContain("evt_waiting");
  });

  test("offers a replay to those who may, and hides persons from the others", async () => {
    const own = await page("/ops/webhooks/evt_waiting");
    expect(own).toMatch(/\/ops\/orders\/[^"]+\/acts\/replay_webhook\?in\.eventId=evt_waiting"/);
    const seen = await page("/ops/webhooks/evt_waiting", viewer);
    expect(seen).not.toContain("replay_webhook");
    expect(seen).not.toContain("buyer@shop.example");
    expect(seen).toContain("b•••@s•••.example");
  });
});

describe("Audit", () => {
  test("shows who did what and why, by person, by act and by order", async () => {
    const { id } = await orderOf("audited");
    const { number } = await api.db
      .selectFrom("orders")
      .select("number")
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    const deed = { subject: "re_1", reason: "she asked: <b>ann@shop.example</b>", orderId: id };
    await putOnRecord(api.db, [
      { ...deed, actor: "ops:ann", act: "refund" },
      { actor: "ops:bob", act: "check", subject: "x", reason: "to be sure" },
    ]);
    const all = await page("/ops/audit");
    expect(words(all)).toMatch(/Check .* to be sure .* Refund .* she asked/);
    expect(all).toContain("she asked: &lt;b&gt;ann@shop.example&lt;/b&gt;");
    for (const filter of [`order=${number}`, `order=${id}`, "actor=ops:ann", "act=refund"]) {
      const some = words(await page(`/ops/audit?${filter}`));
      expect(some).toContain("she asked");
      expect(some).not.toContain("to be sure");
    }
    expect(await page("/ops/audit", viewer)).not.toContain("ann@shop.example");
  });
});

describe("Health", () => {
  test("shows broken promises first, with their orders, and silent processes", async () => {
    const { id } = await orderOf("sick");
    const rows = JSON.stringify([{ order_id: id, number: "ABCD-EFGH-JKMN" }]);
    await sql`INSERT INTO invariant_findings (name, promise, examined, broken, rows) VALUES
      ('a_fine_one', 'All is well.', 10, 0, '[]'),
      ('z_broken_one', 'Nothing is lost.', 10, 1, ${rows}::jsonb)`.execute(api.db);
    await sql`INSERT INTO heartbeats (instance, role, at) VALUES
      ('web@here:1', 'web', now()), ('web@gone:3', 'web', now() - interval '1 hour'),
      ('payment@there:2', 'payment', now() - interval '1 min')`.execute(api.db);
    const text = await page("/ops/health");
    expect(words(text)).toMatch(/Needs a look 1 broken promise, 1 silent process/);
    expect(words(text)).toMatch(/Nothing is lost\. .* All is well\./);
    expect(text).toContain(`href="/ops/orders/${id}"`);
    expect(words(text)).toMatch(/payment@there:2 silent 1 min ago/);
    expect(words(text)).toMatch(/web@gone:3 replaced 1 h ago/);
    expect(words(text)).toMatch(/Redis does not answer Stripe does not answer/);
  });

  test("names the work that has waited longest, and its order", async () => {
    const { id } = await orderOf("late");
    await sql`UPDATE payments SET due_at = now() - interval '2 hours'
      WHERE order_id = ${id}`.execute(api.db);
    const text = await page("/ops/health");
    expect(words(text)).toMatch(/work is overdue/);
    expect(words(text)).toMatch(/Oldest work 2 h overdue \(payments, order /);
  });
});

describe("Queues", () => {
  test("says at once that Redis is away, and what that means", async () => {
    expect(words(await page("/ops/queues-now"))).toMatch(
      /Redis does not answer Orders are accepted/,
    );
  });
});
