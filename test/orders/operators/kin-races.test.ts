import { describe, expect, test } from "vitest";
import type { Trx } from "../../../src/db/transaction.ts";
import { captured, type Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { stockOf } from "../../support/shop.ts";
import { collide } from "./collide.ts";
import { copiesAt, type PayableTwins } from "./copies.ts";
import { ordersAt } from "./orders-in.ts";

const desk = useRefundDesk();
const { againWithin, forceWithin, standing, twins, payableTwins, broughtBackTwins } =
  copiesAt(desk);
const { cancel, orderAt } = ordersAt(desk);

const capture = async (trx: Trx, paying: Paying) =>
  desk.applyWithin(trx, paying, captured, await desk.now());

/** What can be done to twins at the same moment, each as one transaction does it. */
const acts = {
  payCopy: (trx: Trx, { copy }: PayableTwins) => capture(trx, copy),
  payOld: (trx: Trx, { old }: PayableTwins) => capture(trx, old),
  forceOld: (trx: Trx, { old }: PayableTwins) => forceWithin(trx, old),
  forceCopy: (trx: Trx, { copy }: PayableTwins) => forceWithin(trx, copy),
};
type Act = keyof typeof acts;

/** What Stripe holds in the end for a customer who wanted the goods once. */
async function keptOf({ old, copy }: PayableTwins): Promise<number> {
  let kept = 0;
  for (const order of [old, copy]) {
    const { stripe = 0, external = 0 } = await desk.ledgerOf(order);
    kept += stripe + external - (await desk.amountsOf(order)).reduce((sum, one) => sum + one, 0);
  }
  return kept;
}

/** Stripe cancels what is being closed, unless the customer was faster. */
async function comeToRest({ old, copy }: PayableTwins): Promise<void> {
  for (const order of [old, copy]) {
    const { closing } = await desk.orderOf(order);
    if (closing !== null) await desk.apply(order, { status: "cancelled" });
  }
  const statuses = [(await desk.orderOf(old)).status, (await desk.orderOf(copy)).status];
  expect(statuses.filter((status) => status === "paid")).toHaveLength(1);
  expect(statuses).not.toContain("awaiting_payment");
}

/** Which of the two can be paid; the other one has ended, and late money brings it back. */
const living = { copy: payableTwins, original: broughtBackTwins } as const;

describe.each(["copy", "original"] as const)("twins, of whom the %s lives", (which) => {
  const pairs: [Act, Act][] = [
    ["payOld", "payCopy"],
    ["payCopy", "payOld"],
    ["forceOld", "payCopy"],
    ["payCopy", "forceOld"],
    ["forceCopy", "payOld"],
    ["payOld", "forceCopy"],
    ["forceOld", "forceCopy"],
    ["forceCopy", "forceOld"],
  ];

  test.each(pairs)("are one paid order where %s is faster than %s", async (first, second) => {
    const both = await living[which]();
    const { error } = await collide(
      desk.db,
      (trx) => acts[first](trx, both),
      (trx) => acts[second](trx, both),
    );
    if (error !== null) expect(error).toMatchObject({ code: "paid_as_another" });
    await comeToRest(both);
    expect(await keptOf(both)).toBe(1_000);
    expect((await stockOf(desk.db, both.old.sku)).reserved).toBe(2);
  });
});

describe("twins", () => {
  test.each([
    ["the old one is brought back", true],
    ["the copy is made", false],
  ])("are never made where %s first", async (_which, paidFirst) => {
    const old = await orderAt("expired");
    const pay = (trx: Trx): Promise<unknown> => capture(trx, old);
    const copy = (trx: Trx) => againWithin(trx, old);
    const [first, second] = paidFirst ? [pay, copy] : [copy, pay];
    const { error } = await collide(desk.db, first, second);
    expect(await standing(old)).toMatchObject({ status: "paid", refunds: [] });
    if (paidFirst) expect(error).toMatchObject({ code: "order_not_over" });
    else {
      const made = (await desk.historyOf(old)).find(({ event }) => event === "ordered_again");
      const orderId = String(made?.detail["orderId"]);
      expect(await standing({ ...old, orderId })).toMatchObject({ status: "cancelled" });
    }
  });

  test("are never made by two who order the old one and its first copy again", async () => {
    const { old, copy } = await twins();
    await cancel(copy.orderId, null);
    const { error } = await collide(
      desk.db,
      (trx) => againWithin(trx, copy),
      (trx) => againWithin(trx, old),
    );
    expect(error).toMatchObject({ code: "ordered_again_before" });
  });
});
