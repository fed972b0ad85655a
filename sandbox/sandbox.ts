import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { Books } from "./books.ts";
import { controlRoutes } from "./control.ts";
import { Counts } from "./counts.ts";
import { Faults, type HttpEnv } from "./faults.ts";
import { Feedback } from "./feedback.ts";
import { pageRoutes } from "./pages/routes.ts";
import { receiverRoutes } from "./receiver/routes.ts";
import { Arrivals } from "./sendgrid/arrivals.ts";
import { type MailEventSettings, MailEvents } from "./sendgrid/mail-events.ts";
import { sendgridRoutes } from "./sendgrid/routes.ts";
import { Deliveries } from "./stripe/deliveries.ts";
import { IdempotencyKeys } from "./stripe/idempotency.ts";
import { stripeRoutes } from "./stripe/routes.ts";
import { Traffic } from "./stripe/traffic.ts";
import type { StripeWorld } from "./stripe/world.ts";
import { twilioRoutes } from "./twilio/routes.ts";

export type SandboxSettings = {
  /** Whether nothing else runs in this process, so that the server may change its globals. */
  alone?: boolean;
  /** 0 takes a free port. */
  port: number;
  /** Where the books are kept; without it they end with the process. */
  dir?: string;
  auroraUrl: string;
  webhookUrl?: string;
  /** One, or two joined by a comma. Without any there is nothing to sign with, and no endpoint. */
  webhookSecret?: string;
  webhookEvents?: string[];
  webhookRetryMs?: number;
  twilioToken?: string;
  /** Without it nobody is told what becomes of mails. */
  mailEvents?: MailEventSettings;
  now?: () => number;
};

export type Sandbox = { url: string; close: () => Promise<void> };

const HOST = "127.0.0.1";
/** Longer than a caller's pauses: a connection that closes under a request is no test of ours. */
const KEEP_ALIVE_MS = 60_000;
/** How long answers that are under way may take when the sandbox is told to stop. */
const STOP_MS = 1_000;

/** What Aurora acts upon. */
const webhookEvents = [
  "payment_intent.succeeded",
  "payment_intent.payment_failed",
  "payment_intent.requires_action",
  "payment_intent.processing",
  "payment_intent.canceled",
  "refund.created",
  "refund.updated",
  "refund.failed",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.dispute.closed",
  "charge.dispute.funds_withdrawn",
  "charge.dispute.funds_reinstated",
];

/** Starts the stand-ins for Stripe, SendGrid and Twilio, all on one port. */
export async function startSandbox(settings: SandboxSettings): Promise<Sandbox> {
  const server = createServer();
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // The port is taken before the books are opened: a second sandbox must not touch them.
  await listen(server, settings.port);
  const url = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  const books = openBooks(settings, server);
  const { app, deliveries, feedback } = assemble(settings, books, url);
  // Its own Request and Response are several times quicker than Node's.
  const overrideGlobalObjects = settings.alone ?? false;
  server.on("request", getRequestListener(app.fetch, { overrideGlobalObjects }));
  deliveries.resume();

  const close = async () => {
    deliveries.stop();
    feedback.stop();
    await stopListening(server);
    books.close();
  };
  return { url, close };
}

function openBooks(settings: SandboxSettings, server: Server): Books {
  try {
    return new Books(settings.dir, settings.now ?? Date.now);
  } catch (error) {
    server.close();
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`No books can be kept in ${settings.dir}: set SANDBOX_DIR. (${why})`);
  }
}

function assemble(settings: SandboxSettings, books: Books, url: string) {
  const wallNow = settings.now ?? Date.now;
  const now = () => wallNow() + books.switches.clockAheadMs;
  const faults = new Faults();
  const counts = new Counts();
  const traffic = new Traffic();
  const world: StripeWorld = {
    books,
    now,
    wallNow,
    address: () => url,
    endpoint: endpointOf(settings),
    announce: (eventId) => deliveries.announce(eventId),
  };
  const deliveries = new Deliveries(world, settings.webhookRetryMs ?? 1_000);
  const feedback = new Feedback(settings.webhookRetryMs ?? 1_000);
  const { mailEvents } = settings;
  // Signatures are of the machine's time: whoever gets them looks at their own clock.
  const told = { books, feedback, now: wallNow };
  const events = mailEvents ? new MailEvents({ settings: mailEvents, ...told }) : null;
  const keys = new IdempotencyKeys(world);
  const arrivals = new Arrivals();
  const token = settings.twilioToken ? { token: settings.twilioToken } : {};

  const app = new Hono<HttpEnv>();
  app.use(counts.middleware);
  app.route("/v1", stripeRoutes({ world, keys, faults, traffic }));
  app.route("/v3", sendgridRoutes({ books, faults, now, events, arrivals }));
  app.route("/2010-04-01", twilioRoutes({ books, faults, now, feedback, ...token }));
  app.route("/receiver", receiverRoutes(faults, now));
  const desk = { books, world, deliveries, faults, counts, traffic, arrivals };
  app.route("/_sandbox", controlRoutes(desk));
  app.route("/", pageRoutes(world, settings.auroraUrl));
  return { app, deliveries, feedback };
}

function endpointOf(settings: SandboxSettings): StripeWorld["endpoint"] {
  if (!settings.webhookSecret) return undefined;
  return {
    id: "we_1AuroraSandbox",
    url: settings.webhookUrl ?? `${settings.auroraUrl}/v1/webhooks/stripe`,
    secrets: settings.webhookSecret.split(","),
    enabledEvents: settings.webhookEvents ?? webhookEvents,
    created: Math.floor(Date.now() / 1000),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), STOP_MS).unref();
  });
}
