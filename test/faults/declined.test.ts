import { sql } from "kysely";
import { expect, test } from "vitest";
import { jsonClient } from "../../scripts/world/json-client.ts";
import type { OrderJson } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  actAtStripe,
  placeMany,
  type Racer,
  standingOf,
  untilAllIsWell,
  untilEnded,
  untilPayable,
  useTrack,
} from "./race-track.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
const count = full ? 200 : 20;
const holdSeconds = full ? 120 : 15;
const track = useTrack({ HOLD_MINUTES: String(holdSeconds / 60) }, ["web", "worker"]);
const mostMails = 3;
const cards = {
  good: "pm_card_visa",
  asks: "pm_card_threeDSecure2Required",
  bankDebit: "pm_usBankAccount_processing",
};

async function payableOrders(sku: string): Promise<Racer[]> {
  await track.store.sell(sku, count);
  await placeMany(track, sku, count);
  return await untilPayable(track, sku, count);
}

async function actAll(racers: readonly Racer[], verb: string, card?: string): Promise<void> {
  for (const { intentId } of racers) {
    await actAtStripe(track.standIns.stripe, intentId, verb, card);
  }
}

type Mail = { orderId: string; categories: string[]; text: string };

async function problemMails(racers: readonly Racer[], each: number): Promise<Mail[]> {
  const ids = new Set(racers.map(({ id }) => id));
  return await waitFor("the mails about the problem", async () => {
    const { body } = await track.store.sandbox<Mail[]>("GET", "/_sandbox/mail");
    const mails = body.filter(({ orderId }) => ids.has(orderId));
    const about = mails.filter(({ categories }) => categories.includes("payment_problem"));
    if (about.length >= racers.length * each) return about;
    throw new Error(`${about.length} of ${racers.length * each} were sent`);
  });
}

/** Waits until each order has so many declines on record, each of a charge of its own. */
function untilDeclined(racers: readonly Racer[], each: number) {
  return waitFor("every decline on record", async () => {
    const { rows } = await sql<{ declines: number; charges: number }>`
      SELECT count(*) AS declines, count(DISTINCT charge_id) AS charges
      FROM payment_failures JOIN payments ON payments.id = payment_id
      WHERE order_id = ANY(${racers.map(({ id }) => id)}::uuid[])`.execute(track.db);
    const { declines = 0, charges = 0 } = rows[0] ?? {};
    expect(declines).toBe(charges);
    if (declines === racers.length * each) return true;
    throw new Error(`${declines} of ${racers.length * each} are`);
  });
}

function untilPaymentsAre(racers: readonly Racer[], status: string) {
  return waitFor(`the payments to be ${status}`, async () => {
    const { rows } = await sql<{ count: number }>`
      SELECT count(*) FROM payments WHERE status = ${status}
        AND order_id = ANY(${racers.map(({ id }) => id)}::uuid[])`.execute(track.db);
    return rows[0]?.count === racers.length;
  });
}

const declining = [
  "pm_card_visa_chargeDeclined",
  "pm_card_visa_chargeDeclinedInsufficientFunds",
  "pm_card_chargeDeclinedExpiredCard",
  "pm_card_visa_chargeDeclinedStolenCard",
];

test(
  "declines of every kind leave an order payable until its hold ends, and send three mails at most",
  async () => {
    const racers = await payableOrders("declined");
    for (let decline = 1; decline <= mostMails + 1; decline++) {
      for (const [index, card] of declining.entries()) {
        const those = racers.filter((_, nth) => nth % declining.length === index);
        await actAll(those, "pay", card);
      }
      await untilDeclined(racers, decline);
      expect(await standingOf(track, "declined")).toEqual({ awaiting_payment: count });
    }
    const mails = await problemMails(racers, mostMails);
    expect(await problemsTold(racers)).toEqual(racers.map(() => mostMails));

    // Half of them are paid in a second tab, through the link of the mail; half are left.
    const [paying, leaving] = [racers.slice(0, count / 2), racers.slice(count / 2)];
    for (const racer of paying) await expectSameIntent(racer, mails);
    await actAll(paying, "pay", cards.good);
    expect(await untilEnded(track, "declined", (holdSeconds + 15) * 1_000)).toEqual({
      paid: paying.length,
      expired: leaving.length,
    });
    await expectNotBeforeTheirTime(leaving);
    await untilAllIsWell(track);
  },
  full ? 300_000 : 60_000,
);

/** How many mails about a problem each order has on record, sent or still to be sent. */
async function problemsTold(racers: readonly Racer[]): Promise<number[]> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) FROM notifications WHERE template = 'payment_problem'
      AND order_id = ANY(${racers.map(({ id }) => id)}::uuid[]) GROUP BY order_id`.execute(
    track.db,
  );
  return rows.map((row) => row.count);
}

/** The link in the mail leads to the same intent, in as many tabs as the customer likes. */
async function expectSameIntent({ id, intentId }: Racer, mails: readonly Mail[]): Promise<void> {
  const mail = mails.find(({ orderId }) => orderId === id);
  const token = mail?.text.match(/\/pay\?order=[\w-]+#([\w-]+)/)?.[1];
  const tab = jsonClient(track.world.apiUrl, token);
  for (let tabs = 0; tabs < 2; tabs++) {
    const { body } = await tab<OrderJson>("GET", `/v1/orders/${id}`);
    expect(body.payment?.clientSecret).toContain(`${intentId}_secret_`);
  }
}

async function expectNotBeforeTheirTime(racers: readonly Racer[]): Promise<void> {
  const ends = new Map(racers.map(({ id, expiresAt }) => [id, expiresAt]));
  const { rows } = await sql<{ id: string; at: Date }>`
    SELECT order_id AS id, at FROM order_events
    WHERE event = 'hold_expired' AND order_id = ANY(${[...ends.keys()]}::uuid[])`.execute(track.db);
  expect(rows).toHaveLength(racers.length);
  expect(rows.filter(({ id, at }) => at < (ends.get(id) ?? at))).toEqual([]);
}

test("3-D Secure that failed is tried again, on the same intent, and pays", async () => {
  const racers = await payableOrders("asked-again");
  await actAll(racers, "pay", cards.asks);
  await untilPaymentsAre(racers, "action_required");
  await actAll(racers, "fail_authentication");
  await untilPaymentsAre(racers, "pending");
  expect(await untilPayable(track, "asked-again", count)).toEqual(expect.arrayContaining(racers));
  await actAll(racers, "pay", cards.asks);
  await untilPaymentsAre(racers, "action_required");
  await actAll(racers, "authenticate");
  expect(await untilEnded(track, "asked-again")).toEqual({ paid: count });
  await untilAllIsWell(track);
}, 60_000);

test("a payment that fails after hours on its way leaves the order payable", async () => {
  const racers = await payableOrders("on-its-way");
  await actAll(racers, "pay", cards.bankDebit);
  await untilPaymentsAre(racers, "processing");
  const hours = 3;
  const clock = { advanceSeconds: hours * 3_600 };
  await track.store.sandbox("POST", "/_sandbox/clock", { body: clock });
  await actAll(racers, "decline");
  await untilPaymentsAre(racers, "pending");
  await untilDeclined(racers, 1);
  expect(await problemMails(racers, 1)).toHaveLength(count);
  await actAll(racers, "pay", cards.good);
  expect(await untilEnded(track, "on-its-way")).toEqual({ paid: count });
  await untilAllIsWell(track);
}, 60_000);
