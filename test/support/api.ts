import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { createApp } from "../../src/api/app.ts";
import { readConfig, type Settings } from "../../src/config.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { createLog, type Log } from "../../src/log.ts";
import { contactSafe } from "../../src/notifications/contacts.ts";
import { readInstallation } from "../../src/orders/installation/installation.ts";
import { createKey, createShop, type Shop } from "../../src/orders/shops.ts";
import type { PaymentReads } from "../../src/payments/gateway.ts";
import { createHints } from "../../src/queues/hints.ts";
import { connectProducer } from "../../src/queues/redis.ts";
import { createMailEventReader } from "../../src/sendgrid/event-webhook.ts";
import { connectStripe } from "../../src/stripe/client.ts";
import { createStripeGateway } from "../../src/stripe/gateway.ts";
import { rereadEvent } from "../../src/stripe/read-event.ts";
import { createWebhookReader } from "../../src/stripe/webhook.ts";
import { createSmsStatusReader } from "../../src/twilio/status-callback.ts";
import { secretSafe } from "../../src/webhooks/secrets.ts";
import { useDatabase } from "./database.ts";
import { mailEvents, smsStatus } from "./message-webhooks.ts";

export const webhookSecret = `whsec_${randomBytes(12).toString("hex")}`;
/** The one that is being exchanged: it still fits. */
export const formerSecret = `whsec_${randomBytes(12).toString("hex")}`;

/** The API inside the test's own process, on a database of its own, with a shop and its keys. */
export type TestApi = {
  db: Db;
  settings: Settings;
  shop: Shop;
  secretKey: string;
  publishableKey: string;
  /** Asks the API; `as` is the key or token, `json` the body. */
  ask(path: string, wishes?: Wishes): Promise<Answer>;
  fetch(request: Request, env?: object): Promise<Response>;
  /** All that it knows to answer, such as GET /ops/orders/:order. */
  routes: readonly { method: string; path: string }[];
};

type Wishes = {
  method?: string;
  as?: string;
  json?: unknown;
  key?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
};

/** Answers have every shape: tests look into them as they come. */
export type Answer = {
  status: number;
  headers: Headers;
  body: ReturnType<typeof JSON.parse>;
};

/** What operators' acts ask Stripe by; no Stripe answers here, unless a test brings its own. */
const stripeAway = {
  gateway: createStripeGateway(
    connectStripe({
      STRIPE_SECRET_KEY: "sk_test_of_the_tests",
      STRIPE_URL: "http://127.0.0.1:1",
      STRIPE_TIMEOUT_SECONDS: 1,
    }),
  ),
  reread: rereadEvent,
  linkTo: ({ id }: { id: string }) => `https://shop.example/pay/${id}`,
};

const sealingKey = { id: "test", key: randomBytes(32).toString("base64") };
const loud = createLog("test", { level: "error", format: "pretty" });
/** No Redis listens here: the API must do without, unless a test brings its own. */
const noRedis = "redis://127.0.0.1:1";

export function useApi(
  redis: { url: string; prefix?: string } = { url: noRedis },
  log: Log = loud,
): TestApi {
  const database = useDatabase();
  let api: (TestApi & { close(): Promise<unknown> }) | undefined;
  beforeAll(async () => {
    api = await openApi(database.url, redis, log);
  });
  afterAll(() => api?.close());
  return new Proxy({} as TestApi, {
    get: (_target, name) => (api ?? ({} as TestApi))[name as keyof TestApi],
  });
}

export async function openApi(
  databaseUrl: string,
  redis: { url: string; prefix?: string },
  log: Log = loud,
  more: { gateway?: PaymentReads } = {},
) {
  const { base } = readConfig(
    { DATABASE_URL: databaseUrl, REDIS_URL: redis.url, QUEUE_PREFIX: redis.prefix ?? "{test}" },
    [],
  );
  const db = connect(base, log, { name: "test api" });
  const sideDb = connect({ ...base, DATABASE_POOL: 2 }, log, { name: "test api side" });
  const connection = connectProducer(base, log);
  const hints = createHints(connection, base, log);
  const app = createApp({
    db,
    webhookDb: sideDb,
    searchDb: db,
    healthDb: sideDb,
    settings: base,
    serverKey: randomBytes(32).toString("base64"),
    trustProxy: true,
    ...stripeAway,
    contacts: contactSafe([sealingKey]),
    secrets: secretSafe([sealingKey]),
    readWebhook: createWebhookReader([webhookSecret, formerSecret]),
    readMailEvents: createMailEventReader([mailEvents.key]),
    readSmsStatus: createSmsStatusReader(smsStatus),
    hints,
    isRedisReady: () => connection.status === "ready",
    log,
    ownership: async (at) => ({ installation: await readInstallation(at), livemode: false }),
    ...(more.gateway ? { gateway: more.gateway } : {}),
  });
  const shop = await createShop(db, {
    name: "Test shop",
    currency: "gbp",
    origins: ["https://shop.example"],
  });
  const fetch = async (request: Request, env?: object) => app.fetch(request, env);
  return {
    db,
    settings: base,
    shop,
    secretKey: (await createKey(db, shop.id, "secret")).key,
    publishableKey: (await createKey(db, shop.id, "publishable")).key,
    fetch,
    routes: app.routes,
    ask: (path: string, wishes: Wishes = {}) => ask(fetch, path, wishes),
    close: () => Promise.all([hints.close(), db.destroy(), sideDb.destroy()]),
  };
}

async function ask(
  fetch: TestApi["fetch"],
  path: string,
  { method, as, json, key, headers = {}, body }: Wishes,
): Promise<Answer> {
  const sent = json === undefined ? body : JSON.stringify(json);
  const verb = method ?? (sent === undefined ? "GET" : "POST");
  const response = await fetch(
    new Request(`http://api.test${path}`, {
      method: verb,
      headers: {
        ...(as ? { authorization: `Bearer ${as}` } : {}),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...(verb === "POST" ? { "idempotency-key": key ?? randomUUID() } : {}),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    }),
  );
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text ? JSON.parse(text) : text,
  };
}
