import { describe, expect, onTestFailed, test } from "vitest";
import { patiently } from "../../../src/db/patience.ts";
import { Refused } from "../../../src/errors.ts";
import type { ActName } from "../../../src/ops/acts/act.ts";
import { isSold, readKin } from "../../../src/orders/kin.ts";
import { copiesAt, type PayableTwins } from "../../orders/operators/copies.ts";
import { type Dice, dice } from "../../support/dice.ts";
import { captured, type Paying } from "../../support/paying.ts";
import { useActDesk } from "./desk.ts";

const { desk, books, act, seen } = useActDesk();
const { payableTwins, broughtBackTwins } = copiesAt(desk);

const isFull = process.env["AURORA_TEST_FULL"] === "1";
const rounds = isFull ? 150 : 15;
/** So many operators are at it in one round. */
const operators = 3;

type Twin = keyof PayableTwins;
type Doing = { name: ActName; of: Twin; input?: object };

/** Of the two, which one is alive: the other one has ended, and late money brings it back. */
type Pair = { twins: PayableTwins; alive: Twin };

/** The copy of an order is alive, or the original came back to life after its copy's end. */
async function pairOf(alive: Twin): Promise<Pair> {
  return { alive, twins: await (alive === "copy" ? payableTwins() : broughtBackTwins()) };
}

/** What operators do to an order and its copy while money is coming. */
const doings: readonly Doing[] = (["old", "copy"] as const).flatMap((of): Doing[] => [
  { name: "check", of },
  { name: "retry_payment", of },
  { name: "set_status", of, input: { to: "paid", reference: "till 7" } },
  { name: "order_again", of },
  { name: "cancel", of, input: { refund: "full" } },
]);

/** Comes later by so many questions to the database: each act asks it some dozens. */
async function comeLater(questions: number): Promise<void> {
  for (let asked = 0; asked < questions; asked++) await desk.now();
}
const latest = { money: 60, operator: 10 };

/** Stripe has the money, and whoever is told of it first applies it, as often as it takes. */
async function arrive(order: Paying): Promise<null> {
  seen(books, order, captured);
  await patiently(() => desk.apply(order, captured));
  return null;
}

/** Everybody starts within the time of one act. Answers what became of each act. */
async function race({ twins, alive }: Pair, chance: Dice): Promise<string[]> {
  const open = twins[alive];
  const ended = alive === "copy" ? twins.old : twins.copy;
  seen(books, ended, { status: "cancelled" });
  seen(books, open);
  const payers = chance.below(3) === 0 ? [ended, open] : [ended];
  const acts = Array.from({ length: operators }, () => chance.pick(doings));
  const later = (most: number) => comeLater(chance.below(most));
  const ends = await Promise.all([
    ...payers.map((order) => later(latest.money).then(() => arrive(order))),
    ...acts.map(async ({ name, of, input = {} }) => {
      await later(latest.operator);
      const code = await act(name, twins[of], { input }).then(() => "done", refusalIn);
      return `${name} ${of}: ${code}`;
    }),
  ]);
  return ends.filter((end) => end !== null);
}

/** Whoever loses is told why. Anything but that, such as a collision, fails the round. */
function refusalIn(error: unknown): string {
  if (error instanceof Refused) return error.code;
  throw error;
}

/** Stripe cancels what is being closed, unless the customer was faster. */
async function comeToRest({ old, copy }: PayableTwins): Promise<Paying[]> {
  for (const order of [old, copy]) {
    const paid = books.intents.get(order.intent.id)?.status === "captured";
    if ((await desk.orderOf(order)).closing === null) continue;
    await desk.apply(order, paid ? captured : { status: "cancelled" });
  }
  const kin = await readKin(desk.db, [old.orderId]);
  return [old, ...kin.map(({ id }) => ({ ...old, orderId: id }))];
}

/** What the shop has in the end of a customer who wanted the goods once. */
async function keptOf(orders: readonly Paying[]): Promise<number> {
  let kept = 0;
  for (const order of orders) {
    const { stripe = 0, external = 0 } = await desk.ledgerOf(order);
    kept += stripe + external - (await desk.amountsOf(order)).reduce((sum, one) => sum + one, 0);
  }
  return kept;
}

describe("operators, at an order and its copy while money is coming", () => {
  test.each(["copy", "old"] as const)(
    `sell them once at most where "%s" is the living one, in ${rounds} rounds by chance`,
    async (alive) => {
      const chance = dice();
      const tally = new Map<string, number>();
      onTestFailed(() => console.error(`seed: ${chance.seed}`, tally));
      for (let round = 0; round < rounds; round++) {
        const pair = await pairOf(alive);
        for (const end of await race(pair, chance)) tally.set(end, (tally.get(end) ?? 0) + 1);
        const orders = await comeToRest(pair.twins);
        const standing = await Promise.all(orders.map(desk.orderOf));
        const sold = standing.filter(isSold).length;
        expect(sold).toBeLessThanOrEqual(1);
        expect(await keptOf(orders)).toBe(sold * 1_000);
        await desk.expectSoundBooks();
      }
      // Operators were neither all too late nor all too early.
      const codes = [...tally.keys()].map((end) => end.split(": ")[1]);
      expect(codes).toEqual(expect.arrayContaining(["done", "order_changed"]));
    },
    120_000,
  );
});
