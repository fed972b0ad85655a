import { sql } from "kysely";
import { expect, onTestFailed, test } from "vitest";
import { dice } from "../support/dice.ts";
import { actAtStripe, untilAllIsWell, untilEnded, useTrack } from "./race-track.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
const count = full ? 500 : 60;
const atOnce = 6;
const sku = "Repriced";
const track = useTrack({}, ["web", "worker", "worker"]);

test("F54: the price changes while orders are paid, and each pays its own total", async () => {
  const chance = dice();
  onTestFailed(() => console.error(`seed: ${chance.seed}`));
  const { store } = track;
  await store.sell(sku, 3 * count);
  const tag = changePrices(() => 100 + chance.below(900));
  const totals = new Map<string, number>();
  let begun = 0;
  const customer = async () => {
    while (begun++ < count) {
      const quantity = 1 + chance.below(3);
      const { id, totalMinor } = await store.order([{ sku, quantity }]);
      totals.set(id, totalMinor);
      const intentId = await store.untilPayable(id);
      expect(await actAtStripe(track.standIns.stripe, intentId, "pay")).toBe(true);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, customer));
  const changes = await tag.stop();

  expect(await untilEnded(track, sku)).toEqual({ paid: count });
  type Line = { orderId: string; capturedMinor: number };
  const { body } = await store.sandbox<{ intents: Line[] }>("GET", "/_sandbox/stripe/ledger");
  const charged = new Map(body.intents.map((line) => [line.orderId, line.capturedMinor]));
  expect(charged).toEqual(totals);
  const { rows } = await sql<{ id: string; total: number }>`
    SELECT id, total_minor AS total FROM orders`.execute(track.db);
  expect(new Map(rows.map(({ id, total }) => [id, total]))).toEqual(totals);
  console.log(`F54: ${changes} new prices, ${new Set(totals.values()).size} different totals`);
  expect(changes).toBeGreaterThan(count / 2);
  await untilAllIsWell(track);
}, 300_000);

/** Puts a new price on the goods, again and again; answers how often once it is told to stop. */
function changePrices(next: () => number): { stop(): Promise<number> } {
  let stopped = false;
  const change = async () => {
    let changes = 0;
    for (; !stopped; changes++) {
      const product = { name: `Product ${sku}`, priceMinor: next(), currency: "gbp" };
      await track.store.shop("PUT", `/v1/products/${sku}`, { body: product });
    }
    return changes;
  };
  const changing = change();
  return {
    stop() {
      stopped = true;
      return changing;
    },
  };
}
