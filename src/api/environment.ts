import type { ServerResponse } from "node:http";
import type { Db } from "../db/connect.ts";
import type { OpsParts } from "../ops/app.ts";
import type { OrderGlance } from "../orders/find-order.ts";
import type { OrderTokens } from "../orders/order-token.ts";
import type { Shop } from "../orders/shops.ts";
import type { WebhookReader } from "../payments/gateway.ts";
import type { createMailEventReader } from "../sendgrid/event-webhook.ts";
import type { createSmsStatusReader } from "../twilio/status-callback.ts";
import type { SecretSafe } from "../webhooks/secrets.ts";

/** What the API is handed by its entry file, or by a test. */
export type ApiParts = OpsParts & {
  /** Pools of their own: Stripe's events and our health must not queue behind a busy shop. */
  webhookDb: Db;
  /** For lists, and for OrderTracker: each is planned anew, and none takes a buyer's place. */
  searchDb: Db;
  healthDb: Db;
  readWebhook: WebhookReader;
  /** Where the secrets are kept that sign webhooks out. */
  secrets: SecretSafe;
  readMailEvents: ReturnType<typeof createMailEventReader>;
  readSmsStatus: ReturnType<typeof createSmsStatusReader>;
};

/** Who asks with a key; `actor` is how the order's history names them. */
export type KeyHolder = { shop: Shop; kind: "publishable" | "secret"; actor: string };

/** Looks up what requests name, without asking the database each time. */
export type KeyRing = {
  holderOf(key: string): Promise<KeyHolder | null>;
  shopOf(shopId: string): Promise<Shop | null>;
  isKnownOrigin(origin: string): Promise<boolean>;
};

/** Who may read or cancel one order: its shop's server, or the guest who holds its token. */
type OrderAccess = { order: OrderGlance; isGuest: boolean; actor: string };

/** What the app and the middlewares of a request leave for its handler. */
export type ApiEnv = {
  Variables: {
    requestId: string;
    keys: KeyRing;
    tokens: OrderTokens;
    /** While the body is still coming in. */
    isReceiving?: boolean;
    /** While it waits for others to do their work, as its sender prefers. */
    isWaiting?: boolean;
    /** Writes the answer from when its headers are known: see live/take-over.ts. */
    stream?: (outgoing: ServerResponse) => void;
    /** The shop whose origins may read the answer. */
    shop?: Shop;
    /** Set by requireKey. */
    holder: KeyHolder;
    /** Set by orderAccess. */
    access: OrderAccess;
    orderId?: string;
  };
};
