import { sql } from "kysely";
import { beforeAll, expect, test } from "vitest";
import { useApi } from "../../support/api.ts";
import { paidOrder } from "../../support/api-money.ts";
import { type AtBrowser, signInTo } from "../../support/operators.ts";
import { addProduct } from "../../support/shop-floor.ts";

const api = useApi();
let viewer: AtBrowser;
let operator: AtBrowser;
beforeAll(async () => {
  [viewer, operator] = [await signInTo(api, "viewer"), await signInTo(api, "operator")];
  await sql`INSERT INTO webhook_events (id, source, type, topic, status, settled_at)
    VALUES ('evt_strange', 'cursor', 'charge.refunded', 'refund', 'abandoned', now())`.execute(
    api.db,
  );
  await addProduct(api, "named-by-intent", { stock: 5 });
  const { id } = await paidOrder(api, "named-by-intent");
  const { numAffectedRows } = await sql`
    INSERT INTO webhook_events (id, source, type, topic, intent_id, status, settled_at)
    SELECT 'evt_of_intent', 'webhook', 'refund.updated', 'refund', intent_id, 'foreign', now()
    FROM payments WHERE order_id = ${id} AND intent_id IS NOT NULL`.execute(api.db);
  expect(numAffectedRows).toBe(1n);
});

async function formOf(eventId: string): Promise<string> {
  const headers = { ...operator.headers, accept: "text/html" };
  return (
    await api.fetch(new Request(`http://api.test/ops/webhooks/${eventId}`, { headers }))
  ).text();
}

test.each([
  ["of no known order", "evt_strange"],
  ["that names an order's intent alone", "evt_of_intent"],
])("replays an event %s, once, with its reason in the audit", async (_, eventId) => {
  const text = await formOf(eventId);
  const key = /name="key" value="([^"]+)"/.exec(text)?.[1] ?? "";
  const post = (who: AtBrowser) => {
    const body = new URLSearchParams({ key, reason: "it was given up", csrf: who.csrf });
    const headers = { "content-type": "application/x-www-form-urlencoded", ...who.headers };
    const address = `http://api.test/ops/webhooks/${eventId}/replay`;
    return api.fetch(new Request(address, { method: "POST", headers, body: String(body) }));
  };
  expect((await post(viewer)).status).toBe(403);
  expect((await post(operator)).status).toBe(303);
  expect((await post(operator)).status).toBe(303);
  const { rows } = await sql`SELECT act, subject, reason, actor FROM operator_acts
    WHERE subject = ${eventId}`.execute(api.db);
  const actor = `ops:${operator.name}`;
  const reason = "it was given up";
  expect(rows).toEqual([{ act: "replay_webhook", subject: eventId, reason, actor }]);
});
