import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { type Arrival, storeEvents } from "../../src/payments/inbox.ts";
import { statusQueue } from "../../src/queues/status.ts";
import { createLimiter } from "../../src/stripe/limiter.ts";
import { askPatiently } from "../../src/stripe/patient-ask.ts";
import { startPayment } from "../../src/workers/start-payment.ts";
import { statusHandlers } from "../../src/workers/status.ts";
import { runSweeper } from "../../src/workers/sweeper.ts";
import { quiet } from "../support/settings.ts";
import { waitFor } from "../support/wait-for.ts";
import { awaitingPayment, gatewayAt, payingMeans, paymentOf, work } from "../workers/paying.ts";
import { useQueues } from "../workers/queue-desk.ts";

const desk = useQueues({ LEASE_SECONDS: 1, SWEEP_SECONDS: 0.2 });

const orders = 30;
const eventsEach = 4;
const perSecond = 3;

test("events of one payment cost Stripe one look, and no place in line goes unused", async () => {
  const means = await payingMeans(desk);
  const payments: Told[] = [];
  for (let count = 0; count < orders; count++) {
    const paying = await awaitingPayment(desk, `fold-${count}`);
    await startPayment(means)(paying.paymentId, new AbortController().signal);
    const { intent_id: intentId } = await paymentOf(desk, paying);
    payments.push({ paymentId: paying.paymentId, intentId });
  }
  const reads = async () => {
    const counts = await means.standIns.read<Record<string, number>>("/counts");
    return counts["GET /v1/payment_intents/:id"] ?? 0;
  };
  const postponed = startStatus(means);
  // A Redis that no sweeper knows yet is taken for one that lost its jobs: all get new ones.
  await waitFor("the sweeper", () => desk.redis.get(`${desk.settings.QUEUE_PREFIX}:epoch`));
  const tell = async (nr: number) => {
    const arrivals = payments.map((paying) => arrivalOf(paying, nr, means.ownership.installation));
    desk.hints.send((await storeEvents(desk.db, desk.settings, arrivals)).hints);
  };

  const before = await reads();
  const since = performance.now();
  await tell(0);
  await tell(1);
  // The others come when most stand in line already.
  await waitFor("a line", () => postponed() > orders / 2 || undefined);
  for (let nr = 2; nr < eventsEach; nr++) await tell(nr);
  await waitFor("all events to be settled", allSettled, { timeoutMs: 60_000 });
  const seconds = (performance.now() - since) / 1_000;
  // Those that were read before the later events came are read once more.
  expect((await reads()) - before).toBeLessThan(orders * 1.3);
  // Whoever comes to their place a little early lines up once more. Did each event stand in line
  // by itself, it would be 120 places, and 40 seconds.
  expect(postponed()).toBeLessThan(orders * 1.5);
  expect(seconds).toBeLessThan((orders / perSecond) * 1.5);
}, 120_000);

/** A status worker under the limit, and a sweeper; answers how many jobs were sent to the line. */
function startStatus(means: Awaited<ReturnType<typeof payingMeans>>): () => number {
  const book = createLimiter({ redis: desk.redis, prefix: desk.settings.QUEUE_PREFIX, perSecond });
  const ask = askPatiently({ book, log: quiet, concurrency: 32 });
  const gateway = gatewayAt(means.standIns.url, 2, ask);
  let postponed = 0;
  const info = (event: string) => {
    if (event === "job_postponed") postponed++;
  };
  work(statusQueue, statusHandlers({ ...means, gateway }), { ...desk, log: { ...quiet, info } });
  const sweeper = runSweeper(desk);
  onTestFinished(() => sweeper.stop());
  return () => postponed;
}

type Told = { paymentId: string; intentId: string | null };

function arrivalOf({ paymentId, intentId }: Told, nr: number, installation: string): Arrival {
  const about = { topic: "intent" as const, intentId, paymentId, installation };
  const type = "payment_intent.processing";
  const id = `evt_${nr}_${paymentId}`;
  return {
    source: "webhook",
    event: { id, type, ...about, createdAt: new Date(), body: Buffer.from("{}") },
  };
}

async function allSettled(): Promise<true> {
  const { rows } = await sql`
    SELECT id FROM webhook_events WHERE due_at IS NOT NULL`.execute(desk.db);
  if (rows.length > 0) throw new Error(`${rows.length} wait`);
  return true;
}
