import { expect, onTestFinished, test } from "vitest";
import { createKey } from "../../src/orders/shops.ts";
import { statusQueue } from "../../src/queues/status.ts";
import { startPayment } from "../../src/workers/start-payment.ts";
import { statusHandlers } from "../../src/workers/status.ts";
import { openApi } from "../support/api.ts";
import { awaitingPayment, payingMeans, paymentOf, work } from "../workers/paying.ts";
import { useQueues } from "../workers/queue-desk.ts";

const desk = useQueues();

/** An order that can be paid at a stand-in which tells nobody, and its refreshes over HTTP. */
async function untold(sku: string) {
  const means = await payingMeans(desk);
  work(statusQueue, statusHandlers(means), desk);
  const { DATABASE_URL, REDIS_URL, QUEUE_PREFIX } = desk.settings;
  const api = await openApi(DATABASE_URL, { url: REDIS_URL, prefix: QUEUE_PREFIX });
  onTestFinished(() => api.close().then(() => undefined));
  const paying = await awaitingPayment(desk, sku);
  await startPayment(means)(paying.paymentId, new AbortController().signal);
  const { intent_id: intentId } = await paymentOf(desk, paying);
  const { shop_id: shopId } = await desk.db
    .selectFrom("orders")
    .select("shop_id")
    .where("id", "=", paying.orderId)
    .executeTakeFirstOrThrow();
  const { key: as } = await createKey(desk.db, shopId, "secret");
  const path = `/v1/orders/${paying.orderId}/payment/refresh`;
  return {
    refresh: () => api.ask(path, { method: "POST", as }),
    pay: () => means.standIns.tell(`/stripe/intents/${intentId}/pay`),
    reads: async () => {
      const counts = await means.standIns.read<Record<string, number>>("/counts");
      return counts["GET /v1/payment_intents/:id"] ?? 0;
    },
  };
}

test("a customer who comes back from paying is answered at once, without a webhook", async () => {
  const { refresh, pay } = await untold("back");
  await pay();
  const since = performance.now();
  const answer = await refresh();
  expect([answer.status, answer.body.status]).toEqual([200, "paid"]);
  expect(performance.now() - since).toBeLessThan(1_500);
});

test("a guest who asks on and on gets Stripe asked once in five seconds", async () => {
  const { refresh, reads } = await untold("greedy");
  const since = performance.now();
  let answers = 0;
  while (performance.now() - since < 4_000) {
    expect((await refresh()).status).toBe(200);
    answers++;
  }
  expect(answers).toBeGreaterThan(10);
  expect(await reads()).toBe(1);
}, 20_000);
