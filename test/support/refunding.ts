import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Db } from "../../src/db/connect.ts";
import { allInvariants, checkInvariants } from "../../src/invariants/check-invariants.ts";
import type { OrderRequest } from "../../src/orders/place-order.ts";
import type { RefundOutcome, RefundRequest } from "../../src/orders/refunds/refund-order.ts";
import type { SeenDispute } from "../../src/payments/dispute.ts";
import type { LedgerAccount } from "../../src/payments/lifecycle.ts";
import type { SeenRefund } from "../../src/payments/refund.ts";
import { useDatabase } from "./database.ts";
import {
  askForRefunds,
  lookAtDisputes,
  lookAtRefunds,
  refundRequest,
  seenRefund,
} from "./money-back.ts";
import { captured, openPayingShop, type Paying, type Placed } from "./paying.ts";

type RefundDesk = Awaited<ReturnType<typeof openRefundDesk>>;

/**
 * Gives the test file a refund desk on a database of its own. It is open once the first test
 * starts, and its books must be sound after each.
 */
export function useRefundDesk(): RefundDesk {
  const database = useDatabase();
  const desk = {} as RefundDesk;
  beforeAll(async () => {
    Object.assign(desk, await openRefundDesk(database.url));
  });
  afterEach(() => desk.expectSoundBooks());
  afterAll(() => desk.db.destroy());
  return desk;
}

/** A shop that gives money back: what Stripe says of that is put in by hand. */
async function openRefundDesk(databaseUrl: string) {
  const till = await openPayingShop(databaseUrl);
  const { db, settings, shop } = till;
  const lookOf = ({ paymentId, intent }: Paying, observedAt?: string) => ({
    ...{ paymentId, intentId: intent.id },
    ...(observedAt && { observedAt }),
  });
  const wishOf = ({ orderId }: Paying, wish: Partial<RefundRequest> = {}) =>
    refundRequest({ orderId, shopId: shop.id }, wish);

  async function ask(paying: Paying, wish: Partial<RefundRequest> = {}): Promise<RefundOutcome> {
    const { results } = await askForRefunds(db, settings, wishOf(paying, wish));
    return results[0] as RefundOutcome;
  }

  async function refund(paying: Paying, amountMinor: number | null = null): Promise<string> {
    const outcome = await ask(paying, { amountMinor });
    if (outcome.outcome === "refused") throw outcome.error;
    return outcome.refundId;
  }

  const look = (paying: Paying, ...refunds: SeenRefund[]) =>
    lookAtRefunds(db, settings, lookOf(paying), ...refunds);

  return {
    ...till,
    wishOf,
    ask,
    /** The same with what follows. */
    askWith: (paying: Paying, wish: Partial<RefundRequest>) =>
      askForRefunds(db, settings, wishOf(paying, wish)),
    /** Asks for a refund that can't be refused; answers its id. */
    refund,
    look,
    lookAt: (paying: Paying, observedAt: string, ...refunds: SeenRefund[]) =>
      lookAtRefunds(db, settings, lookOf(paying, observedAt), ...refunds),
    lookAtDisputes: (paying: Paying, ...disputes: SeenDispute[]) =>
      lookAtDisputes(db, lookOf(paying), ...disputes),
    /** A paid order of 10.00: two of the same goods. */
    async sold(more: Partial<OrderRequest> = {}): Promise<Paying> {
      const paying = await till.payable(more);
      await till.apply(paying, captured);
      return paying;
    },
    /** Asks, and lets Stripe do as it was asked. */
    async refunded(paying: Paying, amountMinor = 1_000): Promise<SeenRefund> {
      const seen = seenRefund({ amountMinor, refundId: await refund(paying, amountMinor) });
      await look(paying, seen);
      return seen;
    },
    refundsOf: (paying: Placed) => refundsOf(db, paying),
    async amountsOf(paying: Placed): Promise<number[]> {
      return (await refundsOf(db, paying)).map(({ amount_minor }) => amount_minor);
    },
    /** What the ledger's accounts hold for an order. */
    async ledgerOf({ orderId }: Paying): Promise<Partial<Record<LedgerAccount, number>>> {
      const { rows } = await sql<{ account: LedgerAccount; sum: number }>`
        SELECT account, sum(amount_minor)::integer AS sum FROM ledger_entries
        WHERE order_id = ${orderId} GROUP BY 1`.execute(db);
      return Object.fromEntries(rows.map(({ account, sum }) => [account, sum]));
    },
    /** Nothing that must be true is broken, but for messages and clocks that nobody works here. */
    async expectSoundBooks(): Promise<void> {
      const findings = await checkInvariants(db, allInvariants({ patienceSeconds: 3_600 }));
      expect(findings.filter(({ broken }) => broken > 0)).toEqual([]);
    },
  };
}

function refundsOf(db: Db, { orderId }: Placed) {
  return db
    .selectFrom("refunds")
    .selectAll()
    .where("order_id", "=", orderId)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
}
