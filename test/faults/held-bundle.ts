import { Redis } from "ioredis";
import { expect } from "vitest";
import type { Child } from "../../scripts/world/child.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { reserveOrders } from "../../src/orders/reserve-orders.ts";
import type { QueueName } from "../../src/queues/hint.ts";
import { testSettings } from "../support/settings.ts";
import { waitFor } from "../support/wait-for.ts";
import type { Track } from "./race-track.ts";

/** As many rows as go in one bundle. */
export const rows = 20;
/** When the fault comes so many of them have been answered, and so many are asked for. */
export const answered = 4;
export const outside = 4;

/** A worker renews its locks more often than others look for those that ended: it hears first. */
const lockSeconds = 2;
const stalledSeconds = 3;
export const unknownSeconds = 20;
/** What is answered late is answered about when another worker gets the bundle. */
export const lateSeconds = 7;
/** A job whose lock has ended is seen without it twice before another worker gets it. */
export const takenOverSeconds = lockSeconds + 2 * stalledSeconds;
export const sweepSeconds = 0.5;
/** Then its rows are worked, on a machine that others use too. */
export const workSeconds = 5;

/** Few places outside, so that the rows of a bundle are in all stages at once. */
export const settings = {
  JOB_LOCK_SECONDS: String(lockSeconds),
  STALLED_SECONDS: String(stalledSeconds),
  SWEEP_SECONDS: String(sweepSeconds),
  STRIPE_CONCURRENCY: String(outside),
  MAIL_CONCURRENCY: String(outside),
  // What hangs does not end by itself.
  STRIPE_TIMEOUT_SECONDS: "60",
  MAIL_TIMEOUT_SECONDS: "60",
  MESSAGE_UNKNOWN_SECONDS: String(unknownSeconds),
};

type Trouble = { kind: "hang" } | { kind: "delay"; delayMs: number };

export const hanging = { kind: "hang" } as const;
export const late = { kind: "delay", delayMs: lateSeconds * 1_000 } as const;

/**
 * The first few rows are answered at once. Of those that are asked for next, half are done and not
 * answered; the others are not even done.
 */
export async function trouble(track: Track, where: object, fault: Trouble): Promise<void> {
  const prompt = { kind: "delay", delayMs: 0, times: answered };
  for (const each of [prompt, { ...fault, executed: true, times: outside / 2 }, fault]) {
    await track.store.sandbox("POST", "/_sandbox/faults", { body: { ...where, ...each } });
  }
}

/** What is asked from now on is answered as ever. */
export async function heal({ world }: Track): Promise<void> {
  await fetch(`${world.sandboxUrl}/_sandbox/faults`, { method: "DELETE" });
}

/**
 * Orders whose stock is held or refused by one commit, as the `reservation` process does it: what
 * they leave to do is one bundle. Their lease is so long that nothing else brings them back.
 */
export async function bundleOf(track: Track, sku: string, quantity: number): Promise<string[]> {
  const order = () => track.store.order([{ sku, quantity }]);
  const ids = (await Promise.all(Array.from({ length: rows }, order))).map(({ id }) => id);
  const leased = testSettings(track.world.databaseUrl, { LEASE_SECONDS: 300 });
  const { hints } = await inTransaction(track.db, (trx) => reserveOrders(trx, leased, ids));
  track.hints.send(hints);
  return ids;
}

/** Two processes of a role, begun anew: they take no more rows at a time than they have places. */
export async function bothOf({ world }: Track, role: string): Promise<Child[]> {
  const both = [world.child(role), world.child(`${role}-2`)];
  for (const child of both) {
    await child.kill();
    child.lines.length = 0;
    child.start();
  }
  for (const child of both) await untilSaid(child, /"message":"working"/);
  return both;
}

/** The one that has the bundle, by what it says of the first rows. */
export function holderOf(both: readonly Child[], ids: readonly string[]): Promise<Child> {
  const tells = ({ lines }: Child) => lines.some((line) => ids.some((id) => line.includes(id)));
  return waitFor("one of the two to have the bundle", () => both.find(tells));
}

function untilSaid({ name, lines }: Child, event: RegExp): Promise<true> {
  const isSaid = () => lines.some((line) => event.test(line)) || undefined;
  return waitFor(`${name} to say ${event}`, isSaid, { timeoutMs: 30_000 });
}

/** How a worker that lives loses its bundle. Answers how it wakes. */
export const losses = {
  async "is frozen for longer than its lock"(_track: Track, _queue: QueueName, holder: Child) {
    holder.pause(60_000);
    return () => holder.resume();
  },
  async "loses its lock and goes on"({ hints, world }: Track, name: QueueName) {
    const queue = hints.queue(name);
    const [bundle] = await queue.getActive();
    const redis = new Redis(world.redisUrl);
    expect(await redis.del(`${queue.toKey(bundle?.id ?? "")}:lock`)).toBe(1);
    redis.disconnect();
    return () => undefined;
  },
};

/** Waits until the one that lost it has come to the end of the bundle all the same. */
export async function untilLetGo(holder: Child): Promise<void> {
  await untilSaid(holder, /"message":"lock_lost"/);
  await untilSaid(holder, /(Missing (lock|key)|Lock mismatch) for job .*-bundle-/);
}
