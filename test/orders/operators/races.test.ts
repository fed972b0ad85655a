import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Trx } from "../../../src/db/transaction.ts";
import { cancelOrders } from "../../../src/orders/cancel-order.ts";
import { closeOrders } from "../../../src/orders/close-orders.ts";
import { extendHold } from "../../../src/orders/operators/extend-hold.ts";
import { payByForce } from "../../../src/orders/operators/pay-by-force.ts";
import { releaseHold } from "../../../src/orders/operators/release-hold.ts";
import { captured, type Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { stockOf } from "../../support/shop.ts";
import { collide } from "./collide.ts";
import { ordersAt } from "./orders-in.ts";

const desk = useRefundDesk();
const { orderAt, pastItsTime } = ordersAt(desk);
const actor = "ops:ann";

/** What can happen to an order at the same moment, each as one transaction does it. */
const acts = {
  force: (trx: Trx, { orderId }: Paying) =>
    payByForce(trx, desk.settings, { orderId, reference: "till 7", note: null, actor }),
  extend: (trx: Trx, { orderId }: Paying) =>
    extendHold(trx, desk.settings, { orderId, minutes: 10, actor }),
  release: (trx: Trx, { orderId }: Paying) => releaseHold(trx, desk.settings, { orderId, actor }),
  close: (trx: Trx, { orderId }: Paying) => closeOrders(trx, desk.settings, [orderId]),
  async cancel(trx: Trx, { orderId }: Paying) {
    const about = {
      orderId,
      shopId: desk.shop.id,
      idempotencyKey: randomUUID(),
      actor: "customer",
    };
    const wish = { ...about, fingerprint: Buffer.from(orderId), refund: null, isGuest: true };
    const { results } = await cancelOrders(trx, desk.settings, [wish]);
    expect(results).toHaveLength(1);
  },
  capture: async (trx: Trx, paying: Paying) =>
    desk.applyWithin(trx, paying, captured, await desk.now()),
  stripeCancels: async (trx: Trx, paying: Paying) =>
    desk.applyWithin(trx, paying, { status: "cancelled" }, await desk.now()),
};
type Act = keyof typeof acts;

async function race(paying: Paying, first: Act, second: Act): Promise<string | null> {
  const { error } = await collide(
    desk.db,
    (trx) => acts[first](trx, paying),
    (trx) => acts[second](trx, paying),
  );
  if (error === null) return null;
  if (error instanceof Error && "code" in error) return String(error.code);
  throw error;
}

async function endOf(paying: Paying) {
  const { status, closing, attention } = await desk.orderOf(paying);
  const refunds = (await desk.refundsOf(paying)).map(({ reason }) => reason);
  return { status, closing, attention, refunds };
}

const paid = { status: "paid", closing: null };
const quiet = { attention: null, refunds: [] };

describe("an order that is forced to paid", () => {
  test("is paid once where Stripe's money was faster", async () => {
    const paying = await desk.payable();
    expect(await race(paying, "capture", "force")).toBe("already_paid");
    expect(await endOf(paying)).toEqual({ ...paid, ...quiet });
    expect(await desk.ledgerOf(paying)).toEqual({ stripe: 1_000, sales: -1_000 });
  });

  test("gives Stripe's money back where that was slower", async () => {
    const paying = await desk.payable();
    expect(await race(paying, "force", "capture")).toBeNull();
    expect(await endOf(paying)).toEqual({
      ...paid,
      ...{ attention: "second_payment", refunds: ["second_payment"] },
    });
  });

  test.each(["close", "cancel"] as const)("is paid also where a %s was faster", async (other) => {
    const paying = await desk.payable();
    await pastItsTime(paying);
    expect(await race(paying, other, "force")).toBeNull();
    expect(await endOf(paying)).toEqual({ ...paid, ...quiet });
    // The cancel that was asked for comes to its end all the same.
    await desk.apply(paying, { status: "cancelled" });
    expect(await endOf(paying)).toEqual({ ...paid, ...quiet });
    expect((await stockOf(desk.db, paying.sku)).reserved).toBe(2);
  });

  test.each(["close", "cancel"] as const)("stays paid where a %s was slower", async (other) => {
    const paying = await desk.payable();
    await pastItsTime(paying);
    expect(await race(paying, "force", other)).toBeNull();
    expect(await endOf(paying)).toEqual({ ...paid, ...quiet });
  });

  test("takes its goods anew where Stripe's cancel has just ended it", async () => {
    const paying = await orderAt("closing");
    expect(await race(paying, "stripeCancels", "force")).toBeNull();
    expect(await endOf(paying)).toEqual({ ...paid, ...quiet });
    expect((await stockOf(desk.db, paying.sku)).reserved).toBe(2);
  });

  test("is forced once where two try", async () => {
    const paying = await desk.payable();
    expect(await race(paying, "force", "force")).toBe("already_paid");
    expect(await desk.ledgerOf(paying)).toEqual({ external: 1_000, sales: -1_000 });
  });
});

describe("a hold that is extended while its clock rings", () => {
  test("goes on where the operator was faster", async () => {
    const paying = await desk.payable();
    await pastItsTime(paying);
    expect(await race(paying, "extend", "close")).toBeNull();
    expect(await endOf(paying)).toEqual({ ...quiet, status: "awaiting_payment", closing: null });
  });

  test("can't be extended where the clock was", async () => {
    const paying = await desk.payable();
    await pastItsTime(paying);
    expect(await race(paying, "close", "extend")).toBe("order_is_closing");
    expect(await endOf(paying)).toMatchObject({ status: "awaiting_payment", closing: "expired" });
  });
});

describe("a hold that is released while the customer pays", () => {
  test("is refused where the money was faster", async () => {
    const paying = await desk.payable();
    expect(await race(paying, "capture", "release")).toBe("already_paid");
    expect(await endOf(paying)).toEqual({ ...paid, ...quiet });
  });

  test("is given up where the money comes before Stripe's cancel", async () => {
    const paying = await desk.payable();
    expect(await race(paying, "release", "capture")).toBeNull();
    expect(await endOf(paying)).toEqual({ ...paid, ...quiet });
  });
});
