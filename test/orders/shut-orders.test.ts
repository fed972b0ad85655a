import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { NotYet } from "../../src/errors.ts";
import { closeOrders } from "../../src/orders/close-orders.ts";
import { readInstallation } from "../../src/orders/installation/installation.ts";
import { adoptIntent } from "../../src/orders/paying/adopt-intent.ts";
import { postponer } from "../../src/workers/postpone.ts";
import { recordFailure } from "../../src/workers/record-failure.ts";
import { captured, type Paying } from "../support/paying.ts";
import { useRefundDesk } from "../support/refunding.ts";
import { stockOf } from "../support/shop.ts";

const desk = useRefundDesk();

/** The order's stock has been held for so long, and its time to pay is over. */
async function heldFor(paying: Paying, hours: number): Promise<void> {
  await sql`UPDATE orders SET held_at = now() - make_interval(hours => ${hours}),
      expires_at = now() - interval '1 second'
    WHERE id = ${paying.orderId}`.execute(desk.db);
}

/** What Stripe is to be asked: null when nothing, because the order ended here. */
async function close({ orderId }: Paying) {
  const { closes } = await inTransaction(desk.db, (trx) =>
    closeOrders(trx, desk.settings, [orderId]),
  );
  return closes[0];
}

async function failToClose({ orderId: id }: Paying, times = 1): Promise<void> {
  for (let count = 0; count < times; count++) {
    await recordFailure(desk.db, desk.settings, { kind: "close_order", id }, "Stripe is away");
  }
}

async function secondsUntilDue({ orderId }: Paying): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`
    SELECT extract(epoch FROM due_at - now())::double precision AS seconds
    FROM orders WHERE id = ${orderId}`.execute(desk.db);
  return rows[0]?.seconds ?? 0;
}

async function endOf(paying: Paying) {
  const { status } = await desk.orderOf(paying);
  const [last] = (await desk.historyOf(paying)).filter(({ event }) => event === "hold_expired");
  return { status, because: last?.detail["because"] };
}

describe("an order whose hold is over while Stripe is away", () => {
  test("keeps its stock until HOLD_MAX, and then gives it up, saying why", async () => {
    const paying = await desk.payable();
    await heldFor(paying, 1);
    expect(await close(paying)).not.toBeNull();
    await failToClose(paying);
    expect(await close(paying)).not.toBeNull();
    await heldFor(paying, 3);
    await failToClose(paying);
    expect(await close(paying)).toBeNull();
    expect(await endOf(paying)).toEqual({ status: "expired", because: "stripe_unreachable" });
    expect((await stockOf(desk.db, paying.sku)).reserved).toBe(0);
  });

  test("is asked for first when nobody has tried yet, however long it was held", async () => {
    const paying = await desk.payable();
    await heldFor(paying, 3);
    expect(await close(paying)).not.toBeNull();
    expect((await desk.orderOf(paying)).status).toBe("awaiting_payment");
    await desk.apply(paying, { status: "cancelled" });
  });

  test("is not given up for a failure that Stripe's answer has overtaken", async () => {
    const paying = await desk.payable();
    await heldFor(paying, 1);
    await close(paying);
    const told = new NotYet("stripe_no_slot", "later", 2);
    await postponer(desk.db, desk.settings)({ kind: "close_order", id: paying.orderId }, told);
    await desk.apply(paying, { status: "processing", method: "sepa_debit" });
    await heldFor(paying, 6);
    await desk.apply(paying, { status: "needs_payment" });
    expect(await close(paying)).not.toBeNull();
    await desk.apply(paying, { status: "cancelled" });
    expect(await endOf(paying)).toEqual({ status: "expired", because: undefined });
  });
});

describe("an order whose money is on its way", () => {
  async function onItsWay(method: string): Promise<Paying> {
    const paying = await desk.payable();
    await desk.apply(paying, { status: "processing", method });
    await heldFor(paying, 6);
    await close(paying);
    return paying;
  }

  test("rests between its failures, though HOLD_MAX is long over", async () => {
    const paying = await onItsWay("sepa_debit");
    await failToClose(paying, 4);
    expect(await secondsUntilDue(paying)).toBeGreaterThan(300);
    expect(await close(paying)).not.toBeNull();
    expect((await desk.orderOf(paying)).status).toBe("awaiting_payment");
  });

  test("gives up its stock at the method's own time, also while Stripe is away", async () => {
    const paying = await onItsWay("card");
    await sql`UPDATE payments SET processing_since = now() - interval '3 hours'
      WHERE id = ${paying.paymentId}`.execute(desk.db);
    await failToClose(paying);
    expect(await close(paying)).toBeNull();
    expect((await desk.orderOf(paying)).status).toBe("expired");
    await desk.apply(paying, captured);
    expect((await desk.orderOf(paying)).status).toBe("paid");
  });
});

describe("money that does not match", () => {
  const lateRefunds = async (paying: Paying) =>
    (await desk.refundsOf(paying)).map(({ reason, amount_minor }) => [reason, amount_minor]);

  test("keeps the stock for an operator until HOLD_MAX, and then goes back in full", async () => {
    const paying = await desk.payable();
    await desk.apply(paying, { ...captured, capturedMinor: 700 });
    await heldFor(paying, 1);
    expect(await close(paying)).toBeNull();
    expect(await desk.orderOf(paying)).toMatchObject({
      ...{ status: "awaiting_payment", attention: "amount_mismatch" },
    });
    await heldFor(paying, 3);
    await close(paying);
    expect(await endOf(paying)).toEqual({ status: "expired", because: "amount_mismatch" });
    expect(await lateRefunds(paying)).toEqual([["amount_mismatch", 700]]);
    // The refund's mail is to come; none may say that nothing was charged.
    expect(await desk.messagesOf(paying)).toEqual([]);
  });

  /** Another intent of the order's turns up, which took money. */
  async function adopt(paying: Paying, capturedMinor: number): Promise<void> {
    const ours = { installation: await readInstallation(desk.db), livemode: false };
    const intent = { ...paying.intent, id: `pi_other_${paying.orderId}` };
    const observedAt = await desk.now();
    await inTransaction(desk.db, (trx) =>
      adoptIntent(trx, desk.settings, ours, {
        intent: { ...intent, ...captured, capturedMinor },
        ...{ orderId: paying.orderId, observedAt },
      }),
    );
  }

  test("goes back as soon as another payment pays for the order", async () => {
    const paying = await desk.payable();
    await desk.apply(paying, { ...captured, capturedMinor: 700 });
    await adopt(paying, 1_000);
    expect((await desk.orderOf(paying)).status).toBe("paid");
    expect(await lateRefunds(paying)).toEqual([["amount_mismatch", 700]]);
  });

  test("an intent that nobody needs any more is cancelled once another paid", async () => {
    const paying = await desk.payable();
    await adopt(paying, 1_000);
    expect((await desk.orderOf(paying)).status).toBe("paid");
    const { status, due_at: dueAt } = await desk.paymentOf(paying);
    expect(status).toBe("pending");
    expect(dueAt?.getTime()).toBeLessThanOrEqual(Date.now() + 1_000);
  });

  test("goes back too when it stands beside an attempt that nobody paid", async () => {
    const paying = await desk.payable();
    await adopt(paying, 700);
    await heldFor(paying, 1);
    expect(await close(paying)).not.toBeNull();
    await desk.apply(paying, { status: "cancelled" });
    expect((await desk.orderOf(paying)).status).toBe("expired");
    expect(await lateRefunds(paying)).toEqual([["amount_mismatch", 700]]);
    expect(await desk.messagesOf(paying)).toEqual([]);
  });

  test("because part of it has gone back already pays for nothing", async () => {
    const paying = await desk.payable();
    await desk.apply(paying, { ...captured, refundedMinor: 1_000 });
    expect(await desk.orderOf(paying)).toMatchObject({
      ...{ status: "awaiting_payment", attention: "refunded_at_stripe" },
    });
  });
});
