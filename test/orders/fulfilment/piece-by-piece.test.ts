import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Adjustment } from "../../../src/orders/price-orders.ts";
import { type Dice, dice } from "../../support/dice.ts";
import { seenRefund } from "../../support/money-back.ts";
import type { Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { shippingAt } from "../../support/shipping.ts";
import { stockProduct } from "../../support/shop.ts";

const desk = useRefundDesk();
const shipping = shippingAt(desk);
const rounds = 6;
const mostActs = 12;

/** What became of one product, by our own count. */
type Pile = {
  sku: string;
  price: number;
  ordered: number;
  left: number;
  withCustomer: number;
  refunded: number;
};

const post = 199;

/** A paid order of some products with a discount, taxes and shipping. */
async function sold(random: Dice): Promise<{ order: Paying; piles: Pile[]; totalMinor: number }> {
  const piles: Pile[] = [];
  let price = 0;
  for (let nr = 0; nr < 3; nr++) {
    const [sku, ordered] = [`sku-${randomUUID()}`, 1 + random.below(4)];
    const unitPriceMinor = 100 + random.below(900);
    await stockProduct(desk.db, sku, ordered, unitPriceMinor);
    const pile = { sku, price: unitPriceMinor, ordered, left: ordered };
    piles.push({ ...pile, withCustomer: 0, refunded: 0 });
    price += ordered * unitPriceMinor;
  }
  const adjustments: Adjustment[] = [
    { kind: "discount", name: "Sale", amountMinor: -1 - random.below(Math.floor(price * 0.7)) },
    { kind: "tax", name: "VAT", amountMinor: 1 + random.below(Math.floor(price / 5)) },
    { kind: "shipping", name: "Post", amountMinor: post },
  ];
  const lines = piles.map(({ sku, ordered: quantity }) => ({ sku, quantity }));
  const order = await desk.payable({ lines, adjustments });
  const { total_minor: totalMinor } = await desk.orderOf(order);
  await desk.apply(order, {
    status: "captured",
    amountMinor: totalMinor,
    capturedMinor: totalMinor,
  });
  return { order, piles, totalMinor };
}

/** What can be done to one piece, each answering in a word. */
function actsOn(order: Paying, pile: Pile): (() => Promise<string>)[] {
  const its = { ...order, sku: pile.sku };
  const isOpen = pile.refunded < pile.ordered - pile.left;
  const ship = () => {
    pile.left--;
    pile.withCustomer++;
    return shipping.ship(its, 1);
  };
  const cancel = (refund: "full" | "none") => () => {
    pile.left--;
    if (refund === "full") pile.refunded++;
    return shipping.cancel(its, 1, refund);
  };
  const takeBack = (refund: "full" | "none") => () => {
    pile.withCustomer--;
    if (refund === "full") pile.refunded++;
    return shipping.takeBack(its, 1, refund);
  };
  const refund = async () => {
    pile.refunded++;
    return (await desk.ask(order, { lines: [{ sku: pile.sku, quantity: 1 }] })).outcome;
  };
  return [
    ...(pile.left > 0 ? [ship, cancel("full"), cancel("none")] : []),
    ...(pile.withCustomer > 0 ? [takeBack("none")] : []),
    ...(pile.withCustomer > 0 && isOpen ? [takeBack("full")] : []),
    ...(isOpen ? [refund] : []),
  ];
}

const gone = async (order: Paying) =>
  (await desk.amountsOf(order)).reduce((sum, amount) => sum + amount, 0);

test("what goes back piece by piece is what was paid, and what is paid ships", async () => {
  for (let round = 0; round < rounds; round++) {
    const random = dice();
    const seed = `seed ${random.seed}`;
    const { order, piles, totalMinor } = await sold(random);
    const [first] = piles as [Pile, ...Pile[]];
    // Of an order of which nothing was shipped the last piece takes the shipping with it.
    expect(await (actsOn(order, first)[0] as () => Promise<string>)(), seed).toBe("done");
    for (let act = 0; act < mostActs; act++) {
      const acts = piles.flatMap((pile) => actsOn(order, pile));
      if (acts.length === 0) break;
      expect(await random.pick(acts)(), seed).toMatch(/^(done|cancelled|requested)$/);
      expect(await gone(order), seed).toBeLessThanOrEqual(totalMinor - post);
    }
    if (piles.some(({ left }) => left > 0)) expect(await shipping.ship(order), seed).toBe("done");
    const kept = piles.map(({ sku, ordered, refunded }) => ({ sku, quantity: ordered - refunded }));
    const lines = kept.filter(({ quantity }) => quantity > 0);
    if (lines.length > 0) {
      expect(await desk.ask(order, { lines }), seed).toMatchObject({ outcome: "requested" });
    }
    expect(await gone(order), seed).toBe(totalMinor - post);
    expect((await desk.orderOf(order)).status, seed).toBe("completed");
  }
}, 90_000);

/** Stripe says that the order's last refund did not reach its customer. */
async function failLast(order: Paying): Promise<void> {
  const refund = (await desk.refundsOf(order)).at(-1);
  const { id: refundId = "", amount_minor: amountMinor = 0 } = refund ?? {};
  await desk.look(order, seenRefund({ refundId, amountMinor, status: "failed" }));
}

test("an order that is cancelled piece by piece keeps what was said to be kept alone", async () => {
  for (let round = 0; round < rounds; round++) {
    const random = dice();
    const seed = `seed ${random.seed}`;
    const { order, piles, totalMinor } = await sold(random);
    let kept = 0;
    const pieces = piles.flatMap((pile) => Array<Pile>(pile.ordered).fill(pile));
    const last = pieces.pop() as Pile;
    for (const { sku, price } of pieces) {
      const refund = random.pick(["full", "none"] as const);
      expect(await shipping.cancel({ ...order, sku }, 1, refund), seed).toBe("cancelled");
      if (refund === "none") kept += price;
      else if (random.below(3) === 0) await failLast(order);
    }
    const amount = 1 + random.below(post);
    await desk.refund(order, amount);
    expect(await shipping.cancel({ ...order, sku: last.sku }, 1, "full"), seed).toBe("cancelled");
    const refunds = (await desk.refundsOf(order)).filter(({ status }) => status !== "failed");
    const back = refunds.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
    const prices = piles.reduce((sum, { ordered, price }) => sum + ordered * price, 0);
    const worth = (kept * (totalMinor - post)) / prices;
    // Each piece may be worth a penny more or less than its share.
    const slack = pieces.length;
    const expected = Math.max(worth - amount, 0);
    expect(Math.abs(totalMinor - back - expected), seed).toBeLessThanOrEqual(slack);
  }
}, 90_000);
