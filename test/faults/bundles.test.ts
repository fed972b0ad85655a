import { sql } from "kysely";
import { expect, test } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import {
  answered,
  bothOf,
  bundleOf,
  hanging,
  heal,
  holderOf,
  late,
  lateSeconds,
  losses,
  outside,
  rows,
  settings,
  sweepSeconds,
  takenOverSeconds,
  trouble,
  untilLetGo,
  workSeconds,
} from "./held-bundle.ts";
import { actAtStripe, untilAllIsWell, untilEnded, untilPayable, useTrack } from "./race-track.ts";

type Payment = Awaited<ReturnType<typeof paymentsOf>>[number];

const leaseSeconds = 2;
const track = useTrack({ ...settings, LEASE_SECONDS: String(leaseSeconds) }, [
  ...["web", "payment", "payment", "status", "notification", "sweeper"],
]);
const create = { service: "stripe", route: "POST /v1/payment_intents" };

test.each([
  ["another worker takes it", takenOverSeconds, async () => undefined],
  ["its rows come by their leases when Redis forgot it", leaseSeconds + sweepSeconds, forget],
])(
  "F33: a bundle of payments whose worker is killed: %s",
  async (how, seconds, besides) => {
    const sku = `killed: ${how}`;
    const both = await bothOf(track, "payment");
    await track.store.sell(sku, rows);
    await trouble(track, create, hanging);
    const ids = await bundleOf(track, sku, 1);
    const before = await untilMidway(ids);
    await (await holderOf(both, ids)).kill();
    const since = performance.now();
    const lostAt = await now();
    await heal(track);
    await besides(ids);
    await untilStarted(ids, since, seconds + workSeconds);
    await expectOneIntentEach({ before, lostAt }, ids);
    await payAll(sku);
  },
  60_000,
);

test.each(Object.entries(losses))(
  "F34: a bundle of payments whose worker %s",
  async (how, lose) => {
    const both = await bothOf(track, "payment");
    await track.store.sell(how, rows);
    await trouble(track, create, late);
    const ids = await bundleOf(track, how, 1);
    const before = await untilMidway(ids);
    const holder = await holderOf(both, ids);
    const wake = await lose(track, "payment", holder);
    const since = performance.now();
    const lostAt = await now();
    await heal(track);
    await untilStarted(ids, since, takenOverSeconds + lateSeconds + workSeconds);
    wake();
    await untilLetGo(holder);
    await expectOneIntentEach({ before, lostAt }, ids);
    // Nor does a late answer put anything on record.
    const clean = { version: 2, round: 0, last_error: null };
    for (const payment of await paymentsOf(ids)) expect(payment).toMatchObject(clean);
    await payAll(how);
  },
  60_000,
);

async function now(): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`SELECT now()`.execute(track.db);
  return rows[0]?.now ?? new Date(Number.NaN);
}

async function paymentsOf(ids: readonly string[]) {
  return await track.db.selectFrom("payments").selectAll().where("order_id", "in", ids).execute();
}

/** Redis has lost the bundle, and the rows' leases begin now. */
async function forget(ids: readonly string[]): Promise<void> {
  await track.hints.queue("payment").obliterate({ force: true });
  await sql`UPDATE payments SET due_at = now() + make_interval(secs => ${leaseSeconds})
    WHERE order_id = ANY(${ids}::uuid[]) AND status = 'created'`.execute(track.db);
}

/** Waits until some rows are answered, others asked for, and others not even begun. */
async function untilMidway(ids: readonly string[]): Promise<Payment[]> {
  return await waitFor("the bundle to be in the middle", async () => {
    const payments = await paymentsOf(ids);
    const saved = payments.filter(({ intent_id: intent }) => intent !== null).length;
    const open = (await asks()).filter(({ status }) => status === null);
    const keys = new Set(open.map(({ key }) => key));
    const asked = payments.filter((payment) => keys.has(keyOf(payment))).length;
    const left = payments.filter(({ asked_at: at }) => at === null).length;
    if (saved === answered && asked === outside && left >= answered) return payments;
    throw new Error(`${saved} are saved, ${asked} are asked for, ${left} not begun`);
  });
}

async function asks() {
  type Request = { key: string | null; status: number | null };
  return (await track.store.sandbox<Request[]>("GET", "/_sandbox/stripe/requests")).body;
}

const keyOf = ({ id }: { id: string }) => `aurora-create-${id}-1`;

async function untilStarted(ids: readonly string[], since: number, seconds: number): Promise<void> {
  await waitFor(
    "all payments to be started",
    async () => {
      const left = (await paymentsOf(ids)).filter(({ status }) => status !== "pending");
      if (left.length === 0) return true;
      throw new Error(`${left.length} are not`);
    },
    { timeoutMs: 2 * seconds * 1_000 },
  );
  const took = (performance.now() - since) / 1_000;
  console.log(`all rows of the bundle were done after ${took.toFixed(1)} s, ${seconds} at most`);
  expect(took).toBeLessThan(seconds);
}

/**
 * And Stripe was asked a second time only for those of which nobody knew what had become: not for
 * those that were saved, nor for those that were first begun after the loss.
 */
async function expectOneIntentEach(
  { before, lostAt }: { before: Payment[]; lostAt: Date },
  ids: readonly string[],
): Promise<void> {
  type Ledger = { intents: { id: string; orderId: string }[] };
  const { body } = await track.store.sandbox<Ledger>("GET", "/_sandbox/stripe/ledger");
  const byOrder = Map.groupBy(body.intents, ({ orderId }) => orderId);
  const after = await paymentsOf(ids);
  for (const { order_id: orderId, intent_id: intentId } of after) {
    expect(byOrder.get(orderId)?.map(({ id }) => id)).toEqual([intentId]);
  }
  const byKey = Map.groupBy(await asks(), ({ key }) => key);
  const saved = before.filter(({ intent_id: intent }) => intent !== null);
  const fresh = after.filter(({ asked_at: at }) => at !== null && at > lostAt);
  expect([saved.length, fresh.length >= answered]).toEqual([answered, true]);
  const known = [...saved, ...fresh];
  expect(known.map((payment) => byKey.get(keyOf(payment))?.length)).toEqual(known.map(() => 1));
}

async function payAll(sku: string): Promise<void> {
  for (const { intentId } of await untilPayable(track, sku, rows)) {
    expect(await actAtStripe(track.standIns.stripe, intentId, "pay")).toBe(true);
  }
  expect(await untilEnded(track, sku)).toEqual({ paid: rows });
  await untilAllIsWell(track, { patienceSeconds: 10 });
}
