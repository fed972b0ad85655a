import type { Server } from "node:http";
import { hostname } from "node:os";
import { createAdaptorServer } from "@hono/node-server";
import { type Config, readConfig } from "../config.ts";
import { connect, type Db } from "../db/connect.ts";
import { webConnections } from "../db/connections.ts";
import { keepBeating } from "../db/heartbeat.ts";
import { createLog, type Log } from "../log.ts";
import { contactSafe } from "../notifications/contacts.ts";
import { watchProblems } from "../ops/on-call/watch-problems.ts";
import { readInstallation } from "../orders/installation/installation.ts";
import { payLinks } from "../orders/pay-link.ts";
import type { PaymentReads } from "../payments/gateway.ts";
import { createHints } from "../queues/hints.ts";
import { connectProducer, type Redis } from "../queues/redis.ts";
import { createMailEventReader } from "../sendgrid/event-webhook.ts";
import { isLive } from "../stripe/client.ts";
import { connectGateway } from "../stripe/connect-gateway.ts";
import { rereadEvent } from "../stripe/read-event.ts";
import { createWebhookReader } from "../stripe/webhook.ts";
import { createSmsStatusReader } from "../twilio/status-callback.ts";
import { secretSafe } from "../webhooks/secrets.ts";
import { createApp } from "./app.ts";
import { stopInTime } from "./stop.ts";

/** The web process: reads its settings, serves HTTP, and stops when it is told to. */
function main(env: NodeJS.ProcessEnv): void {
  const config = readConfig(env, [
    ...(["web", "server", "contacts", "webhooks", "stripe", "mail", "sms", "outside"] as const),
  ]);
  const { base, web } = config;
  const log = createLog("web", { level: base.LOG_LEVEL, format: base.LOG_FORMAT });
  // A process that met an error nobody expected is in a state that nobody knows.
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log.error("crashed", { event, reason });
      process.exit(1);
    });
  }

  const sizes = webConnections(base.DATABASE_POOL);
  const pool = (name: string, size: number, prepared: boolean) =>
    connect({ ...base, DATABASE_POOL: size }, log, { name, prepared });
  const db = pool("aurora web", sizes.orders, true);
  const webhookDb = pool("aurora web webhooks", sizes.webhooks, true);
  const searchDb = pool("aurora web search", sizes.searches, false);
  const healthDb = pool("aurora web health", sizes.health, false);
  const redis = connectProducer(base, log);
  const hints = createHints(redis, base, log);
  const stopping = new AbortController();
  const app = createApp({
    db,
    stopping: stopping.signal,
    webhookDb,
    searchDb,
    healthDb,
    settings: base,
    serverKey: config.server.SERVER_KEY,
    trustProxy: web.TRUST_PROXY,
    switchboardUrl: web.SWITCHBOARD_URL,
    contacts: contactSafe(config.contacts.CONTACT_KEY),
    secrets: secretSafe(config.contacts.CONTACT_KEY),
    ...stripeReads(config, redis, log),
    linkTo: payLinks(config.mail.PAY_URL_TEMPLATE, config.server.SERVER_KEY),
    readWebhook: createWebhookReader(config.webhooks.STRIPE_WEBHOOK_SECRET),
    ...messageReaders(config),
    hints,
    isRedisReady: () => redis.status === "ready",
    log,
  });

  const { onCall = null } = config.outside.STAFF_RULES ?? {};
  const watch = onCall && watchProblems({ db: searchDb, settings: base, hints, log, onCall });

  const server = createAdaptorServer({ fetch: app.fetch, serverOptions: limits }) as Server;
  server.maxRequestsPerSocket = 1_000;
  listen(server, web, log);
  const heart = keepBeating(healthDb, {
    instance: `web@${hostname()}:${process.pid}`,
    role: "web",
  });
  const close = async () => {
    await Promise.all([heart.stop(), watch?.stop()]);
    await Promise.allSettled([
      hints.close(),
      db.destroy(),
      webhookDb.destroy(),
      searchDb.destroy(),
      healthDb.destroy(),
    ]);
  };
  stopInTime(server, base.STOP_SECONDS, log, close, () => stopping.abort());
}

/** Who reads what suppliers tell of messages. */
function messageReaders({ webhooks, sms, outside }: Config<"webhooks" | "sms" | "outside">) {
  const { TWILIO_AUTH_TOKEN: authToken } = sms;
  const { PUBLIC_URL: publicUrl } = outside;
  return {
    readMailEvents: createMailEventReader(webhooks.SENDGRID_WEBHOOK_KEY ?? []),
    readSmsStatus: createSmsStatusReader(authToken && publicUrl ? { authToken, publicUrl } : null),
  };
}

/** How operators look at Stripe: web reads there and never writes, and asks nothing to start. */
function stripeReads({ base, stripe }: Config<"stripe">, redis: Redis, log: Log) {
  const gateway: PaymentReads = connectGateway(stripe, { redis, prefix: base.QUEUE_PREFIX, log });
  const livemode = isLive(stripe.STRIPE_SECRET_KEY);
  return {
    gateway,
    reread: rereadEvent,
    // Read each time: who renews the installation need not restart web.
    ownership: async (at: Db) => ({ installation: await readInstallation(at), livemode }),
  };
}

/** Nobody holds a socket for nothing: slow senders and idle ones are let go. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1_024,
};

function listen(server: Server, { HOST, PORT }: { HOST: string; PORT: number }, log: Log): void {
  server.on("error", (error: NodeJS.ErrnoException) => {
    log.error("not_listening", { code: error.code ?? "unknown", reason: whatToDo(error, PORT) });
    process.exit(1);
  });
  server.listen(PORT, HOST, () => {
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : PORT;
    const host = HOST === "0.0.0.0" || HOST === "::" ? "127.0.0.1" : HOST;
    log.info("listening", { url: `http://${host.includes(":") ? `[${host}]` : host}:${port}` });
  });
}

function whatToDo(error: NodeJS.ErrnoException, port: number): string {
  if (error.code === "EADDRINUSE") {
    return `Port ${port} is taken. Stop the program that listens there, or set PORT to another.`;
  }
  if (error.code === "EACCES") {
    return `This account may not listen on port ${port}. Set PORT to one above 1023.`;
  }
  return `${error.message}. Check HOST and PORT.`;
}

try {
  main(process.env);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
