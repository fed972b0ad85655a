import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import { expect, onTestFailed, test } from "vitest";
import { AnsweredNo, jsonClient } from "../../scripts/world/json-client.ts";
import { wordsOf } from "../../src/notifications/locales/dictionaries.ts";
import { dice } from "../support/dice.ts";
import type { OrderJson } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";
import { withOrders } from "./one-by-one.ts";
import {
  actAtStripe,
  untilAllIsWell,
  untilEnded,
  untilNoIntentIsOpen,
  useTrack,
} from "./race-track.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
const count = full ? 1_000 : 80;
/** Races under way at the same time. */
const atOnce = 10;
/** A payment is one step, a cancellation several: it gets most of the head starts. */
const headStartMs = { ofPayment: 50, ofCancel: 350 };
const track = useTrack({});

type Answers = { id: string; taken: boolean; cancel: string };

test("F28: a customer cancels while the payment runs, and each order has one winner", async () => {
  const chance = dice();
  onTestFailed(() => console.error(`seed: ${chance.seed}`));
  const { ofPayment, ofCancel } = headStartMs;
  const races = { sku: "Wavering", stock: count, count, atOnce };
  const answers = await withOrders(track, races, (order, intentId) =>
    race(order, intentId, chance.below(ofPayment + ofCancel + 1)),
  );

  const { paid = 0, cancelled = 0, ...others } = await untilEnded(track, "Wavering");
  expect(others).toEqual({});
  expect(paid + cancelled).toBe(count);
  expect(Math.min(paid, cancelled)).toBeGreaterThan(0);
  // Whatever the customer was told of the cancellation, money that Stripe took has won.
  expect(paid).toBe(answers.filter(({ taken }) => taken).length);
  const tooLate = await expectTruthInMails(answers);
  const cancels = Object.groupBy(answers, ({ cancel }) => cancel);
  const told = Object.entries(cancels).map(([answer, those]) => `${those?.length} ${answer}`);
  console.log(`F28: ${paid} paid, ${tooLate} of them cancelled too late; ${cancelled} cancelled`);
  console.log(`F28: cancellations were answered with ${told.join(", ")}`);
  await untilNoIntentIsOpen(track);
  await untilAllIsWell(track);
}, 300_000);

/** Pays and cancels, the one a little before the other. */
async function race(
  { id, orderToken }: OrderJson,
  intentId: string,
  ahead: number,
): Promise<Answers> {
  const customer = jsonClient(track.world.apiUrl, orderToken);
  const cancel = async () => {
    await delay(Math.max(0, headStartMs.ofPayment - ahead));
    const key = { idempotencyKey: randomUUID() };
    try {
      const answer = await customer<OrderJson>("POST", `/v1/orders/${id}/cancel`, key);
      return `${answer.status} ${answer.body.status}`;
    } catch (error) {
      if (error instanceof AnsweredNo && error.status === 409) return "409";
      throw error;
    }
  };
  const pay = async () => {
    await delay(Math.max(0, ahead - headStartMs.ofPayment));
    return await actAtStripe(track.standIns.stripe, intentId, "pay");
  };
  const [answer, taken] = await Promise.all([cancel(), pay()]);
  return { id, taken, cancel: answer };
}

/**
 * Where the payment won against a cancellation that had been taken, the history says so, and so
 * does the mail; elsewhere neither does. Answers how often.
 */
async function expectTruthInMails(answers: readonly Answers[]): Promise<number> {
  const { rows } = await sql<{ id: string; tooLate: boolean; said: boolean }>`
    SELECT paid.order_id AS id,
      coalesce((paid.detail->>'cancelledTooLate')::boolean, false) AS said,
      EXISTS (
        SELECT FROM order_events AS shut WHERE shut.order_id = paid.order_id
          AND event = 'closing' AND detail->>'closing' = 'cancelled'
      ) AS "tooLate"
    FROM order_events AS paid WHERE event = 'payment_captured'`.execute(track.db);
  expect(rows.filter(({ said, tooLate }) => said !== tooLate)).toEqual([]);
  const late = new Set(rows.filter(({ tooLate }) => tooLate).map(({ id }) => id));
  const promised = answers.filter(({ taken, cancel }) => taken && cancel.startsWith("202"));
  expect(promised.filter(({ id }) => !late.has(id))).toEqual([]);

  type Mail = { orderId: string; categories: string[]; text: string };
  const words = wordsOf("en").paid.tooLate;
  const saying = await waitFor(
    "every confirmation to be sent",
    async () => {
      const { body } = await track.store.sandbox<Mail[]>("GET", "/_sandbox/mail");
      const mails = body.filter(({ categories }) => categories.includes("order_paid"));
      if (mails.length < rows.length) throw new Error(`${mails.length} of ${rows.length} are`);
      return mails.filter(({ text }) => text.includes(words)).map(({ orderId }) => orderId);
    },
    { timeoutMs: 60_000 },
  );
  expect(new Set(saying)).toEqual(late);
  return late.size;
}
