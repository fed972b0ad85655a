import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import { expect, onTestFailed, test } from "vitest";
import { jsonClient } from "../../scripts/world/json-client.ts";
import { type Dice, dice } from "../support/dice.ts";
import type { OrderJson } from "../support/storefront.ts";
import { withOrders } from "./one-by-one.ts";
import {
  actAtStripe,
  untilAllIsWell,
  untilEnded,
  untilNoIntentIsOpen,
  useTrack,
} from "./race-track.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
const count = full ? 500 : 60;
/** Races under way at the same time. */
const atOnce = 6;
const headStartMs = { ofOther: 50, ofEdit: 600 };
const track = useTrack({});

/** Two for each: an edit never fails for want of stock. */
const racesOf = (sku: string) => ({ sku, stock: 2 * count, count, atOnce });

/** The order's ETag, before anybody races. */
async function etagOf({ id, orderToken }: OrderJson): Promise<string> {
  const { headers } = await jsonClient(track.world.apiUrl, orderToken)("GET", `/v1/orders/${id}`);
  return headers.get("etag") ?? "";
}

/** The customer wants two; answers with the status. */
async function wantTwo({ id, orderToken }: OrderJson, sku: string, etag: string): Promise<number> {
  const answer = await fetch(`${track.world.apiUrl}/v1/orders/${id}`, {
    method: "PATCH",
    headers: {
      authorization: `Bearer ${orderToken}`,
      "content-type": "application/json",
      "if-match": etag,
    },
    body: JSON.stringify({ lines: [{ sku, quantity: 2 }] }),
  });
  await answer.body?.cancel();
  return answer.status;
}

/** What an edit waits for the other, or the other for it: it has more steps to go. */
function apart(chance: Dice): { edit: number; other: number } {
  const lead = chance.below(headStartMs.ofOther + headStartMs.ofEdit + 1) - headStartMs.ofOther;
  return { edit: Math.max(0, -lead), other: Math.max(0, lead) };
}

test("an edit races the payment: paid as it was, or changed and not paid for before", async () => {
  const chance = dice();
  onTestFailed(() => console.error(`seed: ${chance.seed}`));
  const { store, world, standIns } = track;
  const races = await withOrders(track, racesOf("Undecided"), async (order, intentId) => {
    const [wait, etag] = [apart(chance), await etagOf(order)];
    const pay = async () => {
      await delay(wait.other);
      return await actAtStripe(standIns.stripe, intentId, "pay");
    };
    const edit = async () => {
      await delay(wait.edit);
      return await wantTwo(order, "Undecided", etag);
    };
    const [taken, status] = await Promise.all([pay(), edit()]);
    return { order, taken, status };
  });
  // Money that Stripe took always wins, and where it took none the edit did.
  const told = Object.entries(Object.groupBy(races, ({ status }) => String(status)));
  console.log(`edits were answered with ${told.map(([s, all]) => `${all?.length} × ${s}`)}`);
  expect(races.filter(({ taken, status }) => taken && status === 200)).toEqual([]);
  expect(races.filter(({ taken, status }) => !taken && status >= 400)).toEqual([]);
  const taken = races.filter((race) => race.taken).length;
  expect(Math.min(taken, count - taken)).toBeGreaterThan(0);

  for (const { order } of races.filter((race) => !race.taken)) {
    await store.untilPayable(order.id);
    const { body } = await jsonClient(
      world.apiUrl,
      order.orderToken,
    )<OrderJson>(
      ...(["POST", `/v1/orders/${order.id}/cancel`, { idempotencyKey: randomUUID() }] as const),
    );
    expect(body.totalMinor).toBe(2 * order.totalMinor);
  }
  expect(await untilEnded(track, "Undecided")).toEqual({ paid: taken, cancelled: count - taken });
  const { body: stock } = await store.shop<object>("GET", "/v1/stock/Undecided");
  expect(stock).toMatchObject({ onHand: 2 * count, reserved: taken });
  await untilNoIntentIsOpen(track);
  await untilAllIsWell(track);
}, 300_000);

test("an edit at the deadline: each order ends once, and holds nothing", async () => {
  const chance = dice();
  onTestFailed(() => console.error(`seed: ${chance.seed}`));
  const { store, db, hints } = track;
  const statuses = await withOrders(track, racesOf("Belated"), async (order) => {
    const [wait, etag] = [apart(chance), await etagOf(order)];
    const ring = async () => {
      await delay(wait.other);
      await sql`
        UPDATE orders SET expires_at = now(), due_at = now()
        WHERE id = ${order.id} AND status = 'awaiting_payment'`.execute(db);
      hints.ringAt(new Date());
    };
    const [status] = await Promise.all([
      delay(wait.edit).then(() => wantTwo(order, "Belated", etag)),
      ring(),
    ]);
    return status;
  });
  const answered = (...of: number[]) => statuses.filter((status) => of.includes(status)).length;
  const [inTime, tooLate] = [answered(200, 202), answered(409, 410, 412)];
  expect(inTime + tooLate).toBe(count);
  expect(Math.min(inTime, tooLate)).toBeGreaterThan(0);
  // Those that were changed in time have a hold of their own: it ends now, too.
  await sql`
    UPDATE orders SET expires_at = now(), due_at = now() WHERE status = 'awaiting_payment'
  `.execute(db);
  expect(await untilEnded(track, "Belated")).toEqual({ expired: count });
  const { body: stock } = await store.shop<object>("GET", "/v1/stock/Belated");
  expect(stock).toMatchObject({ onHand: 2 * count, reserved: 0 });
  await untilNoIntentIsOpen(track);
  await untilAllIsWell(track);
}, 300_000);
