import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { expect } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { moveStock } from "../../src/inventory/movements.ts";
import { cancelOrders } from "../../src/orders/cancel-order.ts";
import { waitFor } from "../support/wait-for.ts";
import type { QueueDesk } from "../workers/queue-desk.ts";
import { actAtStripe, untilBooksAgree } from "./race-track.ts";
import { ordersOf, paymentsOf, type startCrew } from "./stripe-crew.ts";

type Crew = Pick<Awaited<ReturnType<typeof startCrew>>, "standIns">;
type Order = Awaited<ReturnType<typeof ordersOf>>[number];
type Payment = Awaited<ReturnType<typeof paymentsOf>>[number];
type Ids = readonly string[];
type Ledger = { totals: { refunds: number } };

/** Holds end within seconds here, so all else is as quick. */
export const quickClocks = {
  EXPIRY_BUCKET_SECONDS: 1,
  LEASE_SECONDS: 0.5,
  SWEEP_SECONDS: 0.1,
  EVENT_POLL_SECONDS: 0.2,
  WEBHOOK_SILENCE_SECONDS: 0.5,
  QUICK_RETRY_SECONDS: 0.1,
  BACKOFF_SECONDS: 0.5,
} as const;

/** Where all is done by the hundred, an open circuit stretches it by as much. */
const timeoutMs = process.env["AURORA_TEST_FULL"] === "1" ? 120_000 : 25_000;

/** What happens to orders whose money is late: waits for it, does it, and looks at what it left. */
export function watchLateOrders(desk: QueueDesk) {
  return {
    ...waits(desk),
    ...acts(desk),
    expectHeldFor: (ids: Ids, end: string, seconds: number) =>
      expectHeldFor(desk, ids, end, seconds),

    async expectHonouredOrRefunded({ standIns }: Crew, kept: Ids, lost: Ids): Promise<void> {
      await expectSettled(desk, kept, lost);
      const { totals } = await standIns.read<Ledger>("/stripe/ledger");
      expect(totals.refunds).toBe(lost.length);
    },

    allIsWell: ({ standIns }: Crew, ids: Ids) => untilBooksAgree(desk, standIns, ids),
  };
}

function waits(desk: QueueDesk) {
  return {
    untilOrders: (ids: Ids, what: string, are: (order: Order) => boolean) =>
      waitFor(`orders ${what}`, async () => allAre(await ordersOf(desk, ids), are), { timeoutMs }),

    untilPayments: (ids: Ids, status: string) =>
      waitFor(
        `payments to be ${status}`,
        async () => allAre(await paymentsOf(desk, ids), (payment) => payment.status === status),
        { timeoutMs },
      ),

    untilHeldFor: (ids: Ids, seconds: number) =>
      waitFor("that time to pass", async () => {
        const { rows } = await sql<{ young: number }>`
          SELECT count(*) AS young FROM orders WHERE id = ANY(${ids}::uuid[])
            AND held_at + make_interval(secs => ${seconds}) > now()`.execute(desk.db);
        return rows[0]?.young === 0;
      }),

    untilGivenBack: (ids: Ids) =>
      waitFor(
        "the money to be given back",
        async () => {
          const refunds = await refundsOf(desk, ids);
          const back = refunds.filter(({ status }) => status === "succeeded").length;
          if (back === ids.length) return true;
          throw new Error(`${back} of ${ids.length} are: ${JSON.stringify(refunds[0])}`);
        },
        { timeoutMs },
      ),
  };
}

function acts(desk: QueueDesk) {
  return {
    /** What the orders' customers do at Stripe. */
    async act({ standIns }: Crew, verb: string, ids: Ids, card?: string): Promise<void> {
      for (const { intent_id: intentId } of await paymentsOf(desk, ids)) {
        await actAtStripe(standIns.url, intentId ?? "", verb, card);
      }
    },

    /** Their customers cancel; of paid ones they want their money back. */
    cancelAll: (ids: Ids, refund: "full" | null = null) => cancelAll(desk, ids, refund),

    /** So many of it are not there any more. */
    async takeAway(sku: string, quantity: number): Promise<void> {
      const kind = "adjust" as const;
      const movement = {
        sku,
        kind,
        quantity: -quantity,
        reason: "sold at the till",
        actor: "test",
      };
      await inTransaction(desk.db, (trx) => moveStock(trx, [movement]));
    },
  };
}

function allAre<Row extends Order | Payment>(rows: Row[], are: (row: Row) => boolean): true {
  const others = rows.filter((row) => !are(row));
  if (others.length === 0) return true;
  throw new Error(`${others.length} of ${rows.length} are not: ${JSON.stringify(others[0])}`);
}

async function cancelAll(desk: QueueDesk, ids: Ids, refund: "full" | null): Promise<void> {
  const orders = await ordersOf(desk, ids);
  const requests = orders.map(({ id: orderId, shop_id: shopId }) => ({
    ...{ orderId, shopId, idempotencyKey: randomUUID(), fingerprint: Buffer.from("cancel") },
    ...{ actor: "customer", refund, isGuest: true },
  }));
  const { results, hints } = await inTransaction(desk.db, (trx) =>
    cancelOrders(trx, desk.settings, requests),
  );
  desk.hints.send(hints);
  const outcome = refund ? "cancelled" : "closing";
  expect(new Set(results.map((result) => result.outcome))).toEqual(new Set([outcome]));
}

/** Not a moment less, and hardly more, by the history of each. */
async function expectHeldFor(
  desk: QueueDesk,
  ids: Ids,
  end: string,
  seconds: number,
): Promise<void> {
  const { rows } = await sql<{ seconds: number }>`
    SELECT extract(epoch FROM ended.at - held.at)::double precision AS seconds
    FROM order_events AS held JOIN order_events AS ended USING (order_id)
    WHERE order_id = ANY(${ids}::uuid[])
      AND held.event = 'stock_reserved' AND ended.event = ${end}`.execute(desk.db);
  const times = rows.map((row) => row.seconds);
  const [least, most] = [Math.min(...times), Math.max(...times)];
  console.log(`F27: held for ${least.toFixed(2)} to ${most.toFixed(2)} s, ${seconds} s at most`);
  expect(times).toHaveLength(ids.length);
  expect(least).toBeGreaterThanOrEqual(seconds);
  expect(most).toBeLessThan(seconds + 6);
}

async function refundsOf(desk: QueueDesk, ids: Ids) {
  return await desk.db.selectFrom("refunds").selectAll().where("order_id", "in", ids).execute();
}

/** The one have their goods again, the others their money, all of it, with an apology. */
async function expectSettled(desk: QueueDesk, kept: Ids, lost: Ids): Promise<void> {
  const { rows: revived } = await sql<{ id: string }>`
    SELECT order_id AS id FROM order_events
    WHERE event = 'revived' AND order_id = ANY(${[...kept, ...lost]}::uuid[])`.execute(desk.db);
  expect(new Set(revived.map(({ id }) => id))).toEqual(new Set(kept));
  const refunds = await refundsOf(desk, [...kept, ...lost]);
  const captured = new Map((await paymentsOf(desk, lost)).map((row) => [row.order_id, row]));
  expect(refunds).toHaveLength(lost.length);
  for (const { order_id: orderId, amount_minor: amountMinor, reason } of refunds) {
    expect({ amountMinor, reason }).toEqual({
      amountMinor: captured.get(orderId)?.captured_minor,
      reason: "late_money",
    });
  }
  const { rows: apologies } = await sql<{ id: string }>`
    SELECT notifications.order_id AS id FROM notifications
    JOIN order_events USING (order_id, seq)
    WHERE template = 'order_refunded' AND channel = 'email'
      AND detail ->> 'apology' = 'late_money'
      AND notifications.order_id = ANY(${lost}::uuid[])`.execute(desk.db);
  expect(apologies.map(({ id }) => id).sort()).toEqual([...lost].sort());
}
