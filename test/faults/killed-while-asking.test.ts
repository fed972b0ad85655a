import { sql } from "kysely";
import { expect, test } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import {
  actAtStripe,
  placeMany,
  type Racer,
  untilAllIsWell,
  untilEnded,
  untilPayable,
  useTrack,
} from "./race-track.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
const kills = full ? 20 : 2;
const perKill = full ? 5 : 10;
const recordedSeconds = 15;
/** In test:full the times of production, which decide how soon a killed process's work goes on. */
const times = { LEASE_SECONDS: "6", SWEEP_SECONDS: "1", JOB_LOCK_SECONDS: "10" };
const track = useTrack(full ? { ...times, STALLED_SECONDS: "4" } : {}, [
  ...["web", "reservation", "payment", "status", "notification", "sweeper"],
]);
const create = "POST /v1/payment_intents";

test.each([
  ["F12: killed before Stripe did anything", "Asking", false],
  ["F13: killed after Stripe took effect and before that was recorded", "Asked", true],
])(
  "%s, each order has one intent, recorded within 15 s",
  async (name, sku, executed) => {
    await track.store.sell(sku, kills * perKill);
    const seconds: number[] = [];
    for (let kill = 1; kill <= kills; kill++) {
      const fault = { service: "stripe", route: create, kind: "hang", executed, times: perKill };
      await track.store.sandbox("POST", "/_sandbox/faults", { body: fault });
      const ids = await placeMany(track, sku, perKill);
      await untilAsked(ids);
      if (executed) await untilMade(ids);
      await killAndRestart();
      const since = performance.now();
      await waitFor(
        "the intents on record",
        async () => (await recordedOf(ids)) === perKill || undefined,
        { timeoutMs: 2 * recordedSeconds * 1_000 },
      );
      seconds.push((performance.now() - since) / 1_000);
    }
    console.log(`${name}: ${kills} times, recorded after ${Math.max(...seconds).toFixed(1)} s`);
    expect(Math.max(...seconds)).toBeLessThan(recordedSeconds);

    const racers = await untilPayable(track, sku, kills * perKill);
    await expectOneIntentEach(racers);
    for (const { intentId } of racers) {
      expect(await actAtStripe(track.standIns.stripe, intentId, "pay")).toBe(true);
    }
    expect(await untilEnded(track, sku)).toEqual({ paid: kills * perKill });
    await untilAllIsWell(track, { patienceSeconds: 10 });
  },
  full ? 900_000 : 90_000,
);

/** Kills the payment process, and waits until it works again: how long it boots is no promise. */
async function killAndRestart(): Promise<void> {
  const child = track.world.child("payment");
  child.lines.length = 0;
  await child.restart("SIGKILL");
  await waitFor(
    "the payment process to work again",
    () => child.lines.some((line) => line.includes('"message":"working"')) || undefined,
    { timeoutMs: 30_000 },
  );
}

/** Waits until Stripe has heard of each order's payment, and answered nothing. */
async function untilAsked(ids: readonly string[]): Promise<void> {
  type Request = { key: string | null; status: number | null };
  await waitFor("Stripe to be asked", async () => {
    const { rows } = await sql<{ key: string }>`
      SELECT 'aurora-create-' || id || '-1' AS key FROM payments
      WHERE order_id = ANY(${ids}::uuid[]) AND asked_at IS NOT NULL`.execute(track.db);
    const { body } = await track.store.sandbox<Request[]>("GET", "/_sandbox/stripe/requests");
    const open = new Set(body.filter(({ status }) => status === null).map(({ key }) => key));
    return rows.filter(({ key }) => open.has(key)).length === ids.length;
  });
}

async function untilMade(ids: readonly string[]): Promise<void> {
  await waitFor("Stripe to have made the intents", async () => {
    const made = await Promise.all(ids.map(intentsOf));
    return made.every((intents) => intents.length === 1);
  });
}

async function intentsOf(orderId: string): Promise<{ id: string }[]> {
  const path = `/_sandbox/stripe/ledger?orderId=${orderId}`;
  return (await track.store.sandbox<{ intents: { id: string }[] }>("GET", path)).body.intents;
}

async function recordedOf(ids: readonly string[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) FROM payments
    WHERE order_id = ANY(${ids}::uuid[]) AND intent_id IS NOT NULL`.execute(track.db);
  return rows[0]?.count ?? 0;
}

async function expectOneIntentEach(racers: readonly Racer[]): Promise<void> {
  for (const { id, intentId } of racers) {
    expect((await intentsOf(id)).map((intent) => intent.id)).toEqual([intentId]);
  }
}
