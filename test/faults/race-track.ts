import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { sql } from "kysely";
import { afterAll, beforeAll } from "vitest";
import { checkWorld, showFindings, violationsIn } from "../../scripts/world/check-world.ts";
import { jsonClient } from "../../scripts/world/json-client.ts";
import type { StandInUrls } from "../../scripts/world/stand-in-books.ts";
import type { World } from "../../scripts/world/world.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { createHints, type Hints } from "../../src/queues/hints.ts";
import { takeMailsForSent } from "../support/mails.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { openStorefront, type Storefront } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";
import { startTestWorld } from "../support/world.ts";

/** As many customers place their orders at the same time. */
const atOnce = 12;

/** An order that can be paid, with its intent and the end of its hold. */
export type Racer = { id: string; number: string; intentId: string; expiresAt: Date };

export type Track = {
  world: World;
  store: Storefront;
  db: Db;
  hints: Hints;
  standIns: StandInUrls;
};

/** All of Aurora as processes, two of them full workers, with its database and queues in reach. */
export function useTrack(
  settings: Record<string, string>,
  processes = ["web", "worker", "worker"],
): Track {
  const track = {} as Track;
  beforeAll(async () => {
    const world = await startTestWorld({ processes, settings });
    const { databaseUrl, redisUrl, sandboxUrl } = world;
    const db = connect({ DATABASE_URL: databaseUrl, DATABASE_POOL: 4 }, quiet);
    const { QUEUE_PREFIX = "", EXPIRY_BUCKET_SECONDS = "" } = world.settings;
    const names = { QUEUE_PREFIX, EXPIRY_BUCKET_SECONDS };
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
    const hints = createHints(redis, testSettings(databaseUrl, names), quiet);
    const standIns = { stripe: sandboxUrl, mail: sandboxUrl };
    Object.assign(track, { world, db, hints, standIns, store: await openStorefront(world) });
  }, 60_000);
  afterAll(async () => {
    await track.hints?.close();
    await track.db?.destroy();
    await track.world?.stop();
  });
  return track;
}

/** Places orders for one of it each, many at a time but no more than so many a second. */
export async function placeMany(
  { store }: Pick<Track, "store">,
  sku: string,
  count: number,
  perSecond = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const ids: string[] = [];
  const startedAt = Date.now();
  let begun = 0;
  const customer = async () => {
    while (begun < count) {
      const turn = startedAt + (begun++ / perSecond) * 1_000;
      if (turn > Date.now()) await delay(turn - Date.now());
      ids.push((await store.order([{ sku, quantity: 1 }])).id);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, customer));
  return ids;
}

/** Those of a product's orders that can be paid at this moment. */
export async function payableNow({ db }: Pick<Track, "db">, sku: string): Promise<Racer[]> {
  const { rows } = await sql<Racer>`
    SELECT orders.id, number, intent_id AS "intentId", expires_at AS "expiresAt"
    FROM orders JOIN payments ON order_id = orders.id
    WHERE client_secret IS NOT NULL AND closing IS NULL AND orders.status = 'awaiting_payment'
      AND orders.id IN (SELECT order_id FROM order_lines WHERE sku = lower(${sku}))`.execute(db);
  return rows;
}

export async function untilPayable(track: Track, sku: string, count: number): Promise<Racer[]> {
  return await waitFor(
    `${count} orders of ${sku} to be payable`,
    async () => {
      const racers = await payableNow(track, sku);
      return racers.length === count ? racers : undefined;
    },
    { timeoutMs: 30_000 },
  );
}

/** How many of a product's orders stand in each status. */
export async function standingOf(
  { db }: Pick<Track, "db">,
  sku: string,
): Promise<Record<string, number>> {
  const { rows } = await sql<{ status: string; count: number }>`
    SELECT status, count(*) FROM orders
    WHERE id IN (SELECT order_id FROM order_lines WHERE sku = lower(${sku}))
    GROUP BY 1`.execute(db);
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

/** Waits until none of a product's orders awaits anything. */
export async function untilEnded(
  track: Pick<Track, "db">,
  sku: string,
  timeoutMs = 30_000,
): Promise<Record<string, number>> {
  return await waitFor(
    `the orders of ${sku} to end`,
    async () => {
      const standing = await standingOf(track, sku);
      const { reserving = 0, awaiting_payment: waiting = 0 } = standing;
      if (reserving + waiting === 0) return standing;
      throw new Error(JSON.stringify(standing));
    },
    { timeoutMs },
  );
}

/**
 * What a customer does at Stripe, such as `pay` or `authenticate`; answers whether Stripe took it.
 * A declined card, or an intent that takes no money any more, is an ordinary no.
 */
export async function actAtStripe(
  standInUrl: string | undefined,
  intentId: string,
  act: string,
  card?: string,
): Promise<boolean> {
  const answer = await fetch(`${standInUrl}/_sandbox/stripe/intents/${intentId}/${act}`, {
    method: "POST",
    body: JSON.stringify(card ? { card } : {}),
  });
  const text = await answer.text();
  if (answer.status !== 200 && answer.status !== 400 && answer.status !== 402) {
    throw new Error(`${act} was answered with ${answer.status}: ${text}`);
  }
  return answer.ok;
}

/** Waits until no intent at Stripe can take money any more: each was paid or cancelled. */
export async function untilNoIntentIsOpen({ standIns }: Pick<Track, "standIns">): Promise<void> {
  const sandbox = jsonClient(standIns.stripe ?? "");
  type Ledger = { intents: { id: string; status: string }[] };
  await waitFor(
    "no intent to be open",
    async () => {
      const { body } = await sandbox<Ledger>("GET", "/_sandbox/stripe/ledger");
      const open = body.intents.filter(({ status }) => !["canceled", "succeeded"].includes(status));
      if (open.length === 0) return true;
      throw new Error(`${open.length} are, such as ${open[0]?.id}`);
    },
    { timeoutMs: 30_000 },
  );
}

/**
 * Every promise of Aurora holds, in its own tables and beside the stand-ins' books; beside these
 * only for some orders, where the stand-ins are younger than the database.
 */
export async function untilAllIsWell(
  { db, standIns }: Pick<Track, "db" | "standIns">,
  {
    patienceSeconds = 1,
    orderIds,
  }: { patienceSeconds?: number; orderIds?: readonly string[] } = {},
): Promise<void> {
  await waitFor(
    "every invariant to hold",
    async () => {
      const findings = await checkWorld(db, standIns, { patienceSeconds }, orderIds);
      if (violationsIn(findings) === 0) return true;
      throw new Error(showFindings(findings));
    },
    { timeoutMs: 30_000 },
  );
}

/** The same where nobody sends mails, and beside a stand-in of one test's own. */
export async function untilBooksAgree(
  { db }: Pick<Track, "db">,
  stripe: { url: string },
  orderIds: readonly string[],
): Promise<void> {
  await takeMailsForSent(db);
  const standIns = { stripe: stripe.url, mail: undefined };
  await untilAllIsWell({ db, standIns }, { patienceSeconds: 10, orderIds });
}
