import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { Webhook } from "standardwebhooks";
import { inTransaction } from "../../src/db/transaction.ts";
import type { OrderRemark } from "../../src/orders/lifecycle.ts";
import { remark } from "../../src/orders/remark.ts";
import { notificationQueue } from "../../src/queues/notification.ts";
import { tableOf, type WaitingTable } from "../../src/queues/waiting-rows.ts";
import { type EndpointWish, insertEndpoint } from "../../src/webhooks/endpoints.ts";
import { poster } from "../../src/webhooks/post.ts";
import { newSecret, secretSafe } from "../../src/webhooks/secrets.ts";
import { deliveryHandlers } from "../../src/workers/deliver.ts";
import { sweepDue } from "../../src/workers/sweep.ts";
import { contactKey, openShop, placed, requestOf, stockProduct } from "../support/shop.ts";
import { waitFor } from "../support/wait-for.ts";
import { work } from "./paying.ts";
import type { QueueDesk } from "./queue-desk.ts";
import type { Told } from "./receiver.ts";

const secrets = secretSafe([contactKey]);

/** A worker that tells endpoints on this machine. */
export function tellingWorker(desk: QueueDesk, rules = { allowPrivate: true }) {
  const post = poster({ ...rules, timeoutSeconds: desk.settings.WEBHOOK_TIMEOUT_SECONDS });
  const handlers = deliveryHandlers({ ...desk, secrets, post });
  return work(notificationQueue, { ...handlers, send_message: async () => "none here" }, desk);
}

/** A shop whose events somebody else's server is told. */
export async function listeningShop(
  desk: QueueDesk,
  url: string,
  wish: Omit<EndpointWish, "url"> = {},
) {
  const shop = await openShop(desk.db);
  const endpoint = await addEndpoint(desk, shop.id, url, wish);
  return { shop, ...endpoint };
}

export async function addEndpoint(
  { db }: QueueDesk,
  shopId: string,
  url: string,
  wish: Omit<EndpointWish, "url"> = {},
  secret = newSecret(),
) {
  const endpointId = randomUUID();
  const made = { ...wish, id: endpointId, shopId, url, secret };
  await inTransaction(db, (trx) => insertEndpoint(trx, secrets, made));
  return { endpointId, secret };
}

type Listening = { shop: { id: string; currency: string } };

/** Places an order: two events that endpoints are told of. Nobody is hinted. */
export async function placeOne(desk: QueueDesk, { shop }: Listening): Promise<string> {
  const sku = `sold-${randomUUID().slice(0, 8)}`;
  await stockProduct(desk.db, sku, 5);
  const [id = ""] = await placed(desk.db, desk.settings, requestOf(shop, [{ sku, quantity: 1 }]));
  return id;
}

/** Something more that happens to an order. */
export async function remarkOn(
  { db }: QueueDesk,
  orderId: string,
  ...events: OrderRemark[]
): Promise<void> {
  await inTransaction(db, async (trx) => {
    await sql`SELECT FROM orders WHERE id = ${orderId}::uuid FOR NO KEY UPDATE`.execute(trx);
    await remark(
      trx,
      events.map((event) => ({ orderId, event })),
      "test",
    );
  });
}

/** What is told of orders, in the order in which it was written. */
export async function deliveriesOf({ db }: QueueDesk, endpointId: string) {
  return await db
    .selectFrom("webhook_deliveries")
    .selectAll()
    .where("endpoint_id", "=", endpointId)
    .orderBy("nr")
    .execute();
}

export async function endpointOf({ db }: QueueDesk, id: string) {
  return db
    .selectFrom("webhook_endpoints")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
}

type Delivery = Awaited<ReturnType<typeof deliveriesOf>>[number];

export function untilDeliveries(
  desk: QueueDesk,
  endpointId: string,
  what: string,
  are: (rows: Delivery[]) => boolean,
) {
  return waitFor(what, async () => {
    const rows = await deliveriesOf(desk, endpointId);
    if (are(rows)) return rows;
    throw new Error(JSON.stringify(rows.map(({ seq, status, tries }) => [seq, status, tries])));
  });
}

export function untilDelivered(desk: QueueDesk, endpointId: string, times: number) {
  return untilDeliveries(desk, endpointId, `${times} deliveries`, (rows) => {
    return rows.filter(({ status }) => status === "delivered").length === times;
  });
}

export function untilEndpointIs(desk: QueueDesk, id: string, status: string) {
  return waitFor(`the endpoint to be ${status}`, async () => {
    const row = await endpointOf(desk, id);
    if (row.status === status) return row;
    throw new Error(JSON.stringify({ ...row, sealed: null }));
  });
}

/** Lets the sweeper find what could be sent now, as it does a lease later. */
export async function sweep(desk: QueueDesk): Promise<void> {
  await sql`
    UPDATE webhook_deliveries SET due_at = now() WHERE status = 'pending' AND ready_at <= now()
  `.execute(desk.db);
  for (const kind of ["deliver", "probe_endpoint"]) {
    await sweepDue(desk, tableOf(kind) as WaitingTable);
  }
}

/** Makes what waits for its next try, or for the next probe, due now; and sweeps. */
export async function clockRings(desk: QueueDesk, endpointId: string): Promise<void> {
  await sql`
    UPDATE webhook_deliveries SET due_at = now(), ready_at = now()
    WHERE endpoint_id = ${endpointId} AND status = 'pending'`.execute(desk.db);
  await sql`
    UPDATE webhook_endpoints SET due_at = now() WHERE id = ${endpointId} AND due_at IS NOT NULL
  `.execute(desk.db);
  await sweep(desk);
}

/** Verifies by the library that receivers use; throws where the signature is not good. */
export function verified({ headers, body }: Told, secret: string): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}
