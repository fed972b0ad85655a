import { randomBytes, randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { Db } from "../../../src/db/connect.ts";
import { Unavailable } from "../../../src/errors.ts";
import { contactSafe } from "../../../src/notifications/contacts.ts";
import type { ActMeans, ActName } from "../../../src/ops/acts/act.ts";
import type { Performer } from "../../../src/ops/acts/act-request.ts";
import { type ActAnswer, perform } from "../../../src/ops/acts/perform.ts";
import { readInstallation } from "../../../src/orders/installation/installation.ts";
import type { PaymentReads } from "../../../src/payments/gateway.ts";
import type { Intent } from "../../../src/payments/intent.ts";
import { createHints } from "../../../src/queues/hints.ts";
import { rereadEvent } from "../../../src/stripe/read-event.ts";
import type { seenDispute, seenRefund } from "../../support/money-back.ts";
import type { Paying, Placed } from "../../support/paying.ts";
import { useRedis } from "../../support/redis.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { quiet } from "../../support/settings.ts";
import { contactKey } from "../../support/shop.ts";

/** What Stripe would say if it were asked now: put in by hand, read through the gateway. */
type StripeBooks = {
  away: boolean;
  intents: Map<string, Intent>;
  refunds: Map<string, ReturnType<typeof seenRefund>[]>;
  disputes: Map<string, ReturnType<typeof seenDispute>[]>;
};

export const ann: Performer = { actor: "ops:ann", role: "admin" };
export const ben: Performer = { actor: "ops:ben", role: "operator" };

/** A refund desk whose operators act, on a Redis and a Stripe of the test's own. */
export function useActDesk() {
  const desk = useRefundDesk();
  const redis = useRedis();
  const books: StripeBooks = {
    away: false,
    intents: new Map(),
    refunds: new Map(),
    disputes: new Map(),
  };
  const means = {} as ActMeans;
  let producer: Redis;
  const client = () => producer;
  beforeAll(async () => {
    producer = new Redis(redis.url, { maxRetriesPerRequest: null });
    await producer.ping();
    const settings = { ...desk.settings, QUEUE_PREFIX: redis.prefix };
    Object.assign(means, {
      ...{ db: desk.db, settings, log: quiet, gateway: readsOf(books), reread: rereadEvent },
      hints: createHints(producer, settings, quiet),
      ownership: async (db: Db) => ({ installation: await readInstallation(db), livemode: false }),
      contacts: contactSafe([contactKey]),
      linkTo: ({ id }: { id: string }) => `https://shop.example/pay/${id}`,
      serverKey: randomBytes(32).toString("base64"),
      isRedisReady: () => producer.status === "ready",
    });
  });
  beforeEach(() => {
    books.away = false;
  });
  afterAll(async () => {
    await means.hints?.close();
  });
  return { desk, means, books, client, ...doing(means) };
}

function doing(means: ActMeans) {
  type Wish = { input?: object; dryRun?: boolean; by?: Performer; key?: string; ifMatch?: number };
  return {
    /** Asks for an act with a reason and a new key. */
    async act(name: ActName, { orderId }: Pick<Placed, "orderId">, wish: Wish = {}) {
      const { by = ann, input = {}, key = randomUUID(), dryRun = false } = wish;
      const ifMatch = wish.ifMatch ?? (await versionOf(means.db, orderId));
      return await perform(means, by, {
        ...{ act: name, order: orderId, input, reason: "the customer called" },
        ...{ idempotencyKey: key, ifMatch, dryRun },
      });
    },
    /** The stand-in of Stripe knows the payment's intent from now on. */
    seen(books: StripeBooks, { intent }: Paying, changes: Partial<Intent> = {}): void {
      books.intents.set(intent.id, { ...intent, ...changes });
    },
  };
}

export async function versionOf(db: Db, orderId: string): Promise<number> {
  const order = db.selectFrom("orders").select("version").where("id", "=", orderId);
  return (await order.executeTakeFirst())?.version ?? 0;
}

function readsOf(books: StripeBooks): PaymentReads {
  const answer = async <Answer>(found: Answer): Promise<Answer> => {
    if (books.away) throw new Unavailable("stripe_unavailable", "Stripe can't be reached.");
    return found;
  };
  const none = async function* () {};
  return {
    async readIntent(id) {
      const intent = await answer(books.intents.get(id));
      if (intent) return intent;
      throw Object.assign(new Error("No such intent."), { code: "resource_missing" });
    },
    findIntent: () => answer(null),
    intentOfCharge: () => answer(null),
    refundsOf: (id) => answer(books.refunds.get(id) ?? []),
    disputesOf: (id) => answer(books.disputes.get(id) ?? []),
    listIntents: none,
    listRefunds: none,
    listDisputes: none,
    listEvents: none,
    readEvent: () => Promise.reject(new Unavailable("stripe_unavailable", "Not here.")),
    hasWebhookEndpoint: () => answer(true),
    readAccount: () => answer(null),
  };
}

/** Every row of every table, so that a test sees whatever was changed. */
export async function everything(db: Db): Promise<Record<string, unknown[]>> {
  const { rows: tables } = await sql<{ name: string }>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`.execute(db);
  const all: Record<string, unknown[]> = {};
  for (const { name } of tables) {
    const { rows } = await sql<{ row: unknown }>`
      SELECT to_jsonb(t) AS row FROM ${sql.table(name)} AS t ORDER BY to_jsonb(t)::text`.execute(
      db,
    );
    all[name] = rows.map(({ row }) => row);
  }
  return all;
}

/** What came of an act: done, or the code of its refusal. */
export async function outcomeOf(answer: Promise<ActAnswer>): Promise<string> {
  try {
    const result = await answer;
    if (result.kind === "done") return "done";
    return result.plan.possible ? "done" : result.plan.code;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
