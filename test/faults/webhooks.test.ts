import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { dice } from "../support/dice.ts";
import { waitFor } from "../support/wait-for.ts";
import { orderOf, untilPaymentIs } from "../workers/paying.ts";
import { useQueues } from "../workers/queue-desk.ts";
import { forged, type StripeEvent, storyOf, useWebhooks } from "../workers/webhook-desk.ts";
import { type Move, make, playStory, stories } from "./event-stories.ts";
import { untilBooksAgree } from "./race-track.ts";
import { eventsOf, startTelling, successOf, toldOrder, untilToldOf } from "./told-orders.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
const desk = useQueues({
  QUICK_RETRY_SECONDS: 0.01,
  LEASE_SECONDS: 0.5,
  SWEEP_SECONDS: 0.1,
  BACKOFF_SECONDS: 600,
});
const { deliver } = useWebhooks(desk);
const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const sale = (paymentId: string) =>
  ["sales", "stripe"].map((account) => ({ movement: `capture:${paymentId}`, account }));

test("F19: webhooks before our own record of the intent are all applied within 10 s", async () => {
  const means = await startTelling(desk);
  const orders = await Promise.all(range(50).map((nth) => toldOrder(means, `early-${nth}`)));
  for (const { intentId } of orders) await means.standIns.tell(`/stripe/intents/${intentId}/pay`);
  const events = await Promise.all(orders.map(({ intentId }) => successOf(means, intentId)));
  const seconds = await Promise.all(
    orders.map(async (order, nth) => {
      const startedAt = performance.now();
      expect(await deliver(events[nth] ?? {})).toBe(200);
      await untilPaymentIs(desk, order, "captured");
      return (performance.now() - startedAt) / 1_000;
    }),
  );
  console.log(`F19: the slowest of ${orders.length} took ${Math.max(...seconds).toFixed(2)} s`);
  expect(Math.max(...seconds)).toBeLessThan(10);
  await allIsWell(means, ...orders);
}, 60_000);

test("F20: each event 50 times at once is one transition, one mail, one movement", async () => {
  const means = await startTelling(desk);
  const order = await toldOrder(means, "echoes");
  const tell = async (...move: Move) => {
    await make(means, order.intentId, move);
    const events = await eventsOf(means, order.intentId);
    const echoes = events.flatMap((event) => range(50).map(() => deliver(event)));
    expect(new Set(await Promise.all(echoes))).toEqual(new Set([200]));
    return events.length;
  };
  await tell("decline");
  await untilToldOf(desk, order);
  await tell("pay", "pm_card_threeDSecure2Required");
  await untilPaymentIs(desk, order, "action_required");
  const count = await tell("authenticate");
  expect(count).toBeGreaterThan(5);

  await untilPaymentIs(desk, order, "captured");
  const { booked } = await untilToldOf(desk, order);
  const { events, mails } = await storyOf(desk, order.orderId);
  expect(events.filter((name) => name === "payment_captured")).toHaveLength(1);
  expect(events.filter((name) => name === "payment_action_required")).toHaveLength(1);
  expect(mails.toSorted()).toEqual(["order_paid", "payment_problem"]);
  expect(booked.filter(({ movement }) => movement.startsWith("capture:"))).toEqual(
    sale(order.paymentId),
  );
  await allIsWell(means, order);
}, 60_000);

test("F21: whatever their order and however often, events leave the same state", async () => {
  const means = await startTelling(desk);
  const { seed, below } = dice();
  const runs = range(full ? 1_000 : 20).map((nth) => ({ nth, seed: below(2 ** 31) }));
  console.log(`F21: ${runs.length} runs from seed ${seed}`);
  const told: Told[] = [];
  const play = async () => {
    for (let run = runs.shift(); run; run = runs.shift()) {
      const story = stories[run.nth % stories.length] ?? expect.fail("There is no story.");
      const order = await toldOrder(means, `shuffled-${run.nth}`);
      told.push(order);
      await playStory(means, order, story, { deliver, chance: dice(run.seed) });
      const { booked, ...standing } = await untilToldOf(desk, order);
      const name = `${story.name}, seed ${run.seed}`;
      expect({ name, ...standing }).toEqual({ name, ...story.ends });
      const isPaid = standing.order === "paid";
      const captures = booked.filter(({ movement }) => movement.startsWith("capture:"));
      expect(captures, name).toEqual(isPaid ? sale(order.paymentId) : []);
      const { events, mails } = await storyOf(desk, order.orderId);
      expect(events.filter((name) => name === "payment_captured")).toHaveLength(isPaid ? 1 : 0);
      expect(mails.filter((name) => name === "order_paid")).toHaveLength(isPaid ? 1 : 0);
    }
  };
  await Promise.all(range(4).map(play));
  await allIsWell(means, ...told);
}, 900_000);

test("F23: 500 forged variants move nothing, and the money that comes still counts", async () => {
  const means = await startTelling(desk);
  const victims = await Promise.all(range(5).map((nth) => toldOrder(means, `victim-${nth}`)));
  const paid = await toldOrder(means, "template");
  await means.standIns.tell(`/stripe/intents/${paid.intentId}/pay`);
  const genuine = await successOf(means, paid.intentId);
  await deliver(genuine);
  await untilPaymentIs(desk, paid, "captured");
  const { seed, pick } = dice();
  console.log(`F23: seed ${seed}`);

  const variants = range(500).map((nth): [kind: string, event: StripeEvent] => {
    const { orderId, paymentId, intentId } = pick(victims);
    const ours = { ...genuine.data.object.metadata, order_id: orderId, payment_id: paymentId };
    const claim = { id: intentId, metadata: ours };
    const stranger = { ...ours, aurora_installation: randomUUID() };
    const kinds = {
      wrong_installation: forged(genuine, { ...claim, metadata: stranger }),
      nobodys_intent_in_a_wrong_installation: forged(genuine, {
        id: `pi_${nth}`,
        metadata: stranger,
      }),
      wrong_livemode: { ...forged(genuine, { ...claim, livemode: true }), livemode: true },
      wrong_amount: forged(genuine, { ...claim, amount: nth, amount_received: nth }),
      wrong_currency: forged(genuine, { ...claim, currency: "jpy" }),
      nobodys_intent: forged(genuine, { ...claim, id: `pi_${nth}` }),
      nobodys_payment: forged(genuine, {
        id: `pi_${nth}`,
        metadata: { ...ours, payment_id: randomUUID() },
      }),
      anothers_intent: forged(genuine, { ...claim, id: paid.intentId }),
    };
    return Object.entries(kinds)[nth % Object.keys(kinds).length] ?? expect.fail("No kind.");
  });
  const before = await transitions();
  const answers = await Promise.all(variants.map(([, event]) => deliver(event)));
  expect(new Set(answers)).toEqual(new Set([200]));
  const counts = await untilJudged(variants);
  console.log("F23:", JSON.stringify(counts));
  expect(await transitions()).toBe(before);
  for (const { orderId } of victims) {
    expect((await orderOf(desk, orderId)).status).toBe("awaiting_payment");
    expect((await storyOf(desk, orderId)).mails).toEqual([]);
  }
  // Once its intent is known by what other events told, a stranger's stamp makes us look, too.
  const ends = Object.keys(counts).filter((end) => end !== "wrong_installation applied");
  expect(ends.sort()).toEqual([
    ...["anothers_intent applied", "nobodys_intent abandoned"],
    ...["nobodys_intent_in_a_wrong_installation foreign", "nobodys_payment unmatched"],
    ...["wrong_amount applied", "wrong_currency applied", "wrong_installation foreign"],
    "wrong_livemode applied",
  ]);

  for (const victim of victims) {
    await means.standIns.tell(`/stripe/intents/${victim.intentId}/pay`);
    await deliver(await successOf(means, victim.intentId));
    await untilPaymentIs(desk, victim, "captured");
    expect((await orderOf(desk, victim.orderId)).status).toBe("paid");
  }
  await allIsWell(means, paid, ...victims);
}, 120_000);

type Told = Awaited<ReturnType<typeof toldOrder>>;

function allIsWell({ standIns }: Awaited<ReturnType<typeof startTelling>>, ...orders: Told[]) {
  return untilBooksAgree(
    desk,
    standIns,
    orders.map(({ orderId }) => orderId),
  );
}

async function transitions(): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) FROM order_events
    WHERE from_status IS DISTINCT FROM to_status`.execute(desk.db);
  return rows[0]?.count ?? 0;
}

/** Waits until each variant was looked at; answers how many of each kind ended as what. */
async function untilJudged(variants: [kind: string, event: StripeEvent][]) {
  const kinds = new Map(variants.map(([kind, { id }]) => [id, kind]));
  return await waitFor(
    "every variant to be judged",
    async () => {
      const rows = await desk.db
        .selectFrom("webhook_events")
        .select(["id", "status"])
        .where("id", "in", [...kinds.keys()])
        .execute();
      if (rows.length < kinds.size || rows.some(({ status }) => status === "received")) return null;
      const judged = Map.groupBy(rows, ({ id, status }) => `${kinds.get(id)} ${status}`);
      return Object.fromEntries([...judged].map(([kind, those]) => [kind, those.length]));
    },
    { timeoutMs: 60_000 },
  );
}
