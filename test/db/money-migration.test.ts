import { sql } from "kysely";
import { expect, test } from "vitest";
import type { Db } from "../../src/db/connect.ts";
import { migrateToLatest } from "../../src/db/migrate.ts";
import { allInvariants, checkInvariants } from "../../src/invariants/check-invariants.ts";
import { refundIdOf } from "../../src/orders/refunds/wanted-refund.ts";
import { quiet } from "../support/settings.ts";
import { intentFor, payingMeans } from "../workers/paying.ts";
import { useQueues } from "../workers/queue-desk.ts";
import { refundStarter, untilAsked } from "../workers/refunding.ts";
import { oldDatabase, oldOrder, oldPayment, openOldShop, priceMinor } from "./old-books.ts";

const desk = useQueues();

const early = new Date(Date.now() - 7_200_000);
const late = new Date(Date.now() - 3_600_000);

/** Orders of every kind that the first migration's code could leave behind. */
async function fill(db: Db) {
  const shopId = await openOldShop(db);
  const order = (status: Parameters<typeof oldOrder>[2]["status"], attention: string | null) =>
    oldOrder(db, shopId, { status, attention });
  const capture = (orderId: string, attempt = 1, observedAt = early, capturedMinor = priceMinor) =>
    oldPayment(db, orderId, { attempt, status: "captured", observedAt, capturedMinor });
  const paid = await capture(await order("paid", null));
  const expired = await capture(await order("expired", "late_money"));
  const cancelled = await capture(await order("cancelled", "late_money"));
  const twicePaid = await order("paid", "late_money");
  // The order of the attempts is not that of the money.
  const second = await capture(twicePaid, 1, late);
  const first = await capture(twicePaid, 2, early);
  const twiceLate = await order("expired", "late_money");
  const lateOnes = [await capture(twiceLate, 1, early), await capture(twiceLate, 2, late)];
  const mismatched = await capture(await order("awaiting_payment", "amount_mismatch"), 1, early, 1);
  const oddlyLate = await capture(await order("expired", "amount_mismatch"), 1, early, 1);
  const processing = await oldPayment(db, await order("awaiting_payment", null), {
    ...{ attempt: 1, status: "processing", observedAt: early },
  });
  await sql`INSERT INTO webhook_events (id, source, type, intent_id, body, status, settled_at,
      due_at)
    VALUES ('evt_odd', 'webhook', 'payment_intent.succeeded', 'pi_1', '{1}', 'unmatched', now(),
        NULL),
      ('evt_received', 'cursor', 'payment_intent.succeeded', 'pi_2', '{2}', 'received', NULL,
        now()),
      ('evt_foreign', 'webhook', 'payment_intent.succeeded', 'pi_3', NULL, 'foreign', now(), NULL)
  `.execute(db);
  const kept = [paid, first, mismatched, processing];
  return {
    ...{ kept, processing },
    lateMoney: [expired, cancelled, oddlyLate, lateOnes[0] ?? ""],
    secondPayments: [second, lateOnes[1] ?? ""],
  };
}

async function expectSound(db: Db): Promise<void> {
  const findings = await checkInvariants(db, allInvariants({ patienceSeconds: 3_600 }));
  expect(findings.filter(({ broken }) => broken > 0)).toEqual([]);
}

const refundsIn = (db: Db) => db.selectFrom("refunds").selectAll().execute();

test("money that came too late or twice before 0002 goes back, each payment once", async () => {
  const { url, db } = await oldDatabase("0001_orders.sql");
  const old = await fill(db);
  const means = await payingMeans({ ...desk, db });
  for (const paymentId of [...old.kept, ...old.lateMoney, ...old.secondPayments]) {
    await payAtStripe(means, paymentId);
  }
  await migrateToLatest(url, quiet);
  await expectSound(db);
  await expectRest(db, old.processing);

  const intentions = [
    ...old.lateMoney.map((paymentId) => ["late_money", paymentId] as const),
    ...old.secondPayments.map((paymentId) => ["second_payment", paymentId] as const),
  ];
  const wanted = intentions.map(([reason, paymentId]) => {
    const intention = `${reason}:${paymentId}`;
    const id = refundIdOf(intention);
    return { id, payment_id: paymentId, reason, intention, status: "requested", note: null };
  });
  const refunds = await refundsIn(db);
  expect(refunds.sort(byId)).toMatchObject(wanted.sort(byId));
  const { rows: events } = await sql`
    SELECT detail->>'refundId' AS id FROM order_events WHERE event = 'refund_requested'
    ORDER BY 1`.execute(db);
  expect(events).toEqual(wanted.map(({ id }) => ({ id })));

  // One had been given back by hand meanwhile.
  const byHand = refunds.find((refund) => refund.payment_id === old.lateMoney[0]);
  await means.standIns.stripe.refunds.create({ payment_intent: await intentOf(db, byHand) });
  const start = refundStarter(means);
  for (const { id } of refunds) await untilAsked({ ...desk, db }, start, id);
  await expectSound(db);
  const settled = await refundsIn(db);
  for (const { id, payment_id: paymentId, reason } of refunds) {
    const own = settled.filter((refund) => refund.payment_id === paymentId);
    const found = own.map((refund) => [refund.reason, refund.status]).sort();
    const made =
      id === byHand?.id
        ? [
            ["made_at_stripe", "succeeded"],
            [reason, "failed"],
          ]
        : null;
    expect(found).toEqual(made?.sort() ?? [[reason, "succeeded"]]);
    const { data } = await means.standIns.stripe.refunds.list({
      payment_intent: await intentOf(db, { payment_id: paymentId }),
    });
    expect(data).toHaveLength(1);
  }
}, 60_000);

/** What else of the old rows means more from here on. */
async function expectRest(db: Db, processing: string): Promise<void> {
  const { rows } = await sql`
    SELECT id, status, due_at IS NOT NULL AS waits, topic FROM webhook_events
    ORDER BY id`.execute(db);
  expect(rows).toEqual([
    { id: "evt_foreign", status: "foreign", waits: false, topic: "intent" },
    { id: "evt_odd", status: "unmatched", waits: true, topic: "intent" },
    { id: "evt_received", status: "received", waits: true, topic: "intent" },
  ]);
  const { rows: bodies } = await sql`
    SELECT event_id, body::text FROM webhook_bodies
    JOIN webhook_events ON id = event_id AND received_at = stored_at ORDER BY 1`.execute(db);
  expect(bodies).toEqual([
    { event_id: "evt_odd", body: String.raw`\x7b317d` },
    { event_id: "evt_received", body: String.raw`\x7b327d` },
  ]);
  const payment = db.selectFrom("payments").select("processing_since").where("id", "=", processing);
  expect((await payment.executeTakeFirstOrThrow()).processing_since).toBeInstanceOf(Date);
}

const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);

async function payAtStripe(means: Awaited<ReturnType<typeof payingMeans>>, paymentId: string) {
  const { rows } = await sql<{ orderId: string; captured: number }>`
    SELECT order_id AS "orderId", captured_minor AS captured FROM payments
    WHERE id = ${paymentId}`.execute(means.db);
  const { orderId = "", captured = 0 } = rows[0] ?? {};
  const intent = await intentFor(means, { orderId, paymentId });
  await sql`UPDATE payments SET intent_id = ${intent.id} WHERE id = ${paymentId}`.execute(means.db);
  if (captured > 0) await means.standIns.tell(`/stripe/intents/${intent.id}/pay`);
}

async function intentOf(db: Db, payment: { payment_id: string } | undefined): Promise<string> {
  const { intent_id: id } = await db
    .selectFrom("payments")
    .select("intent_id")
    .where("id", "=", payment?.payment_id ?? "")
    .executeTakeFirstOrThrow();
  return id ?? "";
}
