import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, onTestFailed, test } from "vitest";
import { dice } from "../../support/dice.ts";
import { seenDispute } from "../../support/money-back.ts";
import type { Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { shippingAt } from "../../support/shipping.ts";
import { stockOf } from "../../support/shop.ts";

const desk = useRefundDesk();
const shipping = shippingAt(desk);

const races = process.env["AURORA_TEST_FULL"] === "1" ? 300 : 60;
/** Races under way at the same time, each with an order of its own. */
const atOnce = 6;
/** How much earlier one of the two may begin: about as long as a transaction takes. */
const headStartMs = 12;

type Act = (order: Paying) => Promise<string>;

/**
 * Lets two acts meet on an order of two pieces at 5.00 each, so many times; answers how often each
 * pair of outcomes came about. The books are looked at after each test.
 */
async function race(begin: () => Promise<Paying>, one: Act, other: Act) {
  const chance = dice();
  onTestFailed(() => console.error(`seed: ${chance.seed}`));
  const outcomes = new Map<string, number>();
  for (let begun = 0; begun < races; begun += atOnce) {
    const meetings = Array.from({ length: atOnce }, async () => {
      const order = await begin();
      const lead = chance.below(2 * headStartMs + 1) - headStartMs;
      const first = delay(Math.max(0, lead)).then(() => one(order));
      const second = delay(Math.max(0, -lead)).then(() => other(order));
      const outcome = (await Promise.all([first, second])).join(", ");
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      await expectSound(order);
    });
    await Promise.all(meetings);
  }
  return outcomes;
}

/** Of every order: the stock, its movements, and the money that goes back. */
async function expectSound(order: Paying): Promise<void> {
  const { consumed = 0, sold = 0, released = 0 } = await shipping.holdsOf(order);
  expect(consumed + sold + released).toBe(2);
  const back = await shipping.returnedOf(order);
  expect(await stockOf(desk.db, order.sku)).toEqual({
    ...{ on_hand: 3 - consumed + back.restocked, reserved: sold },
  });
  expect(back.returned).toBeLessThanOrEqual(consumed);
  const amounts = await desk.amountsOf(order);
  expect(amounts.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(1_000);
  // In these races nothing is shipped that somebody wanted money back for before.
  const events = (await desk.historyOf(order)).map(({ event }) => event);
  const stops = events.findIndex((each) => stopping.includes(each));
  expect(events.slice(stops < 0 ? events.length : stops)).not.toContain("shipped");
}
const stopping = ["refund_requested", "dispute_opened"];

/** Each of these came about, and nothing else did. */
function expectEach(outcomes: Map<string, number>, ...wanted: string[]): void {
  expect([...outcomes.keys()].sort()).toEqual(wanted.sort());
}

const sold = () => desk.sold();
async function shipped(): Promise<Paying> {
  const order = await desk.sold();
  await shipping.ship(order);
  return order;
}

const refundAll: Act = async (order) => {
  const outcome = await desk.ask(order);
  return outcome.outcome === "refused" ? outcome.error.code : outcome.outcome;
};

describe("ship against cancel", () => {
  test("ships all or cancels all, whoever is first", async () => {
    const outcomes = await race(
      sold,
      (order) => shipping.ship(order),
      (order) => shipping.cancel(order, null, "full"),
    );
    expectEach(outcomes, "done, nothing_to_ship", "order_not_paid, cancelled");
  });

  test("ships one piece and cancels the rest, or cancels all", async () => {
    const outcomes = await race(
      sold,
      (order) => shipping.ship(order, 1),
      (order) => shipping.cancel(order, null, "full"),
    );
    expectEach(outcomes, "done, cancelled", "order_not_paid, cancelled");
  });

  test("never gives the last piece away twice", async () => {
    const outcomes = await race(
      sold,
      (order) => shipping.ship(order, 2),
      (order) => shipping.cancel(order, 1, "full"),
    );
    expectEach(outcomes, "done, nothing_to_ship", "quantity_too_large, cancelled");
  });
});

test("ship against refund: nothing leaves whose money goes back in full", async () => {
  const outcomes = await race(sold, (order) => shipping.ship(order), refundAll);
  expectEach(outcomes, "done, requested", "order_is_refunded, requested");
});

test("ship against a dispute that opens: nothing leaves after it", async () => {
  const outcomes = await race(
    sold,
    (order) => shipping.ship(order),
    async (order) => {
      await desk.lookAtDisputes(order, seenDispute({}));
      return "opened";
    },
  );
  expectEach(outcomes, "done, opened", "dispute_open, opened");
});

describe("ship twice", () => {
  test("under one key is one parcel", async () => {
    const keys = new Map<string, string>();
    const ship: Act = (order) => {
      const idempotencyKey = keys.get(order.orderId) ?? randomUUID();
      keys.set(order.orderId, idempotencyKey);
      return untilKeyIsFree(() => shipping.ship(order, 1, { idempotencyKey }));
    };
    const outcomes = await race(sold, ship, ship);
    expectEach(outcomes, "done, replayed", "replayed, done");
  });

  test("under two keys ships no piece twice", async () => {
    const outcomes = await race(
      sold,
      (order) => shipping.ship(order, 2),
      (order) => shipping.ship(order, 2),
    );
    expectEach(outcomes, "done, nothing_to_ship", "nothing_to_ship, done");
  });
});

describe("return twice", () => {
  test("under one key comes back once, with its money once", async () => {
    const keys = new Map<string, string>();
    const back: Act = (order) => {
      const idempotencyKey = keys.get(order.orderId) ?? randomUUID();
      keys.set(order.orderId, idempotencyKey);
      return untilKeyIsFree(() => shipping.takeBack(order, 1, "full", { idempotencyKey }));
    };
    const outcomes = await race(shipped, back, back);
    expectEach(outcomes, "done, replayed", "replayed, done");
  });

  test("under two keys takes no piece back twice", async () => {
    const outcomes = await race(
      shipped,
      (order) => shipping.takeBack(order, 2),
      (order) => shipping.takeBack(order, 2),
    );
    expectEach(outcomes, "done, quantity_too_large", "quantity_too_large, done");
  });
});

test("return against refund: no money goes back twice", async () => {
  const outcomes = await race(shipped, (order) => shipping.takeBack(order, 2), refundAll);
  expectEach(outcomes, "done, requested", "done, nothing_left_to_refund");
});

test("return against a refund of the same goods: no line is refunded twice", async () => {
  const refund: Act = async (order) => {
    const outcome = await desk.ask(order, { lines: [{ sku: order.sku, quantity: 2 }] });
    return outcome.outcome === "refused" ? outcome.error.code : outcome.outcome;
  };
  const outcomes = await race(shipped, (order) => shipping.takeBack(order, 1), refund);
  expectEach(outcomes, "done, requested", "done, refund_too_large");
});

/** A twin that is at work holds the key; the API asks again by itself. */
async function untilKeyIsFree(act: () => Promise<string>): Promise<string> {
  for (let tries = 0; tries < mostTries; tries++) {
    const outcome = await act();
    if (outcome !== "key_in_use") return outcome;
  }
  return "key_in_use";
}
const mostTries = 500;
