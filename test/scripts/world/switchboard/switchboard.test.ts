import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { jsonClient } from "../../../../scripts/world/json-client.ts";
import { ensureShop } from "../../../../scripts/world/local-shop.ts";
import { fillShop } from "../../../../scripts/world/shop-window.ts";
import type { World } from "../../../../scripts/world/world.ts";
import { type Switchboard, switchboardAt } from "../../../../src/ops/switchboard/control.ts";
import { useRedis } from "../../../support/redis.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { startTestWorld } from "../../../support/world.ts";

const redis = useRedis();
let world: World;
let board: Switchboard;
let shop: ReturnType<typeof jsonClient>;

beforeAll(async () => {
  world = await startTestWorld({ switchboard: true });
  board = switchboardAt(world.switchboard?.url ?? "");
  const keys = await ensureShop(world.databaseUrl, undefined);
  expect((await board.read()).customers).toEqual([]);
  shop = jsonClient(world.apiUrl, keys.secretKey);
  await fillShop(shop);
  world.switchboard?.openShop(keys);
}, 60_000);
afterEach(() => board.post(["normal"]));
afterAll(() => world.stop());

const stateOf = async (id: string) =>
  (await board.read()).switches.find((each) => each.id === id)?.state;

describe("the Switchboard", () => {
  test("says of each switch what happens, what to watch, and how it stands", async () => {
    const { switches } = await board.read();
    expect(switches.length).toBeGreaterThan(15);
    for (const { id, title, happens, watch, state, acts } of switches) {
      expect(id).toMatch(/^[a-z0-9_-]+$/);
      expect([title, happens, watch].every((text) => text.length > 5)).toBe(true);
      expect([state, acts.length > 0]).toEqual([null, true]);
    }
  });

  test("turns each fault on, shows it, and takes all back at once", async () => {
    const { switches } = await board.read();
    const lasting = switches.filter(({ acts }) => acts[0]?.id !== "now");
    for (const { id, acts } of lasting) {
      await board.post(["switches", id, acts[0]?.id ?? ""]);
      expect([id, await stateOf(id)]).toEqual([id, expect.any(String)]);
    }
    await board.post(["normal"]);
    const left = (await board.read()).switches.filter(({ state }) => state !== null);
    expect(left).toEqual([]);
  });

  test("turns each fault off by itself", async () => {
    const { switches } = await board.read();
    for (const { id, acts } of switches.filter(({ acts }) => acts[0]?.id !== "now")) {
      await board.post(["switches", id, acts[0]?.id ?? ""]);
      const now = (await board.read()).switches.find((each) => each.id === id);
      expect(now?.acts.map((act) => act.id)).toEqual(["off"]);
      await board.post(["switches", id, "off"]);
      expect([id, await stateOf(id)]).toEqual([id, null]);
    }
  });

  test("kills a worker, which the world starts again without ending", async () => {
    const before = world.child("worker").pid;
    const { sentence } = await board.post(["switches", "kill_worker", "now"]);
    expect(sentence).toMatch(`Process ${before} was killed`);
    expect(world.child("worker").pid).not.toBe(before);
    expect(world.child("worker").isRunning).toBe(true);
  });

  test("flushes what this world has in Redis, and nothing of others", async () => {
    const neighbour = new Redis(redis.url, { retryStrategy: () => null });
    onTestFinished(() => neighbour.disconnect());
    await neighbour.set(`${redis.prefix}:kept`, "1");
    const { sentence } = await board.post(["switches", "redis_flushed", "now"]);
    expect(sentence).toMatch(/[1-9]\d* keys of this world are gone/);
    expect(await neighbour.get(`${redis.prefix}:kept`)).toBe("1");
  });

  test("places orders whose customers behave in so many ways", async () => {
    const { customers } = await board.read();
    const place = async (id: string) => (await board.post(["customers", id])).orderId ?? "";
    const ids = await Promise.all(
      customers.filter(({ id }) => id !== "pays_late").map(async (c) => [c.id, await place(c.id)]),
    );
    const orders = Object.fromEntries(ids);
    const until = (customer: string, wanted: object) =>
      waitFor(`${customer} ${JSON.stringify(wanted)}`, async () => {
        const { body } = await shop<object>("GET", `/v1/orders/${orders[customer]}`);
        return expect(body).toMatchObject(wanted) ?? true;
      });
    await until("pays", { status: "paid", paymentStatus: "paid" });
    await until("declined", { payment: { declined: expect.any(String) } });
    await until("asked_3ds", { payment: { status: "action_required" } });
    await until("bank_debit", { payment: { status: "processing" } });
    await until("wrong_amount", { attention: "amount_mismatch" });
    await until("pays_twice", { status: "paid", attention: expect.any(String) });
    await until("disputes", { paymentStatus: "disputed" });
    await until("sold_out", { status: "rejected" });
    await until("does_not_pay", { status: "awaiting_payment" });
  });

  test("answers for customers and banks, as far as there is something to answer", async () => {
    const { orderId = "" } = await board.post(["customers", "does_not_pay"]);
    const labels = async () =>
      (await board.read()).orders.find(({ id }) => id === orderId)?.acts.map(({ id }) => id);
    await waitFor("the order to be payable", async () => (await labels())?.includes("pay"));
    await board.post(["orders", orderId, "pay"]);
    const afterwards = "ship_one,dispute,refund_at_stripe";
    await waitFor("it to be paid", async () => (await labels())?.join() === afterwards);
    await expect(board.post(["orders", orderId, "pay"])).rejects.toThrow(/Look at the page/);
  });

  test("lets an hour pass for one order, whose hold ends then", async () => {
    const { orderId = "" } = await board.post(["customers", "does_not_pay"]);
    const stands = async () => (await board.read()).orders.find(({ id }) => id === orderId);
    await waitFor("the order to be payable", async () =>
      (await stands())?.acts.some(({ id }) => id === "pay"),
    );
    const { sentence } = await board.post(["orders", orderId, "an_hour_later"]);
    expect(sentence).toBe("An hour passes for one order.");
    await waitFor("the order to end", async () => (await stands())?.status === "expired");
    expect((await stands())?.acts).toEqual([]);
    await expect(board.post(["orders", orderId, "an_hour_later"])).rejects.toThrow(/Look at/);
  });

  test("ships a paid order piece by piece, and takes back what was shipped", async () => {
    const { orderId = "" } = await board.post(["customers", "pays"]);
    const stands = async () => (await board.read()).orders.find(({ id }) => id === orderId);
    await waitFor("the order to be paid", async () => (await stands())?.status === "paid");
    for (const sku of ["MUG-BLUE", "MUG-BLUE", "TEA-EARL-GREY"]) {
      const { sentence } = await board.post(["orders", orderId, "ship_one"]);
      expect(sentence).toBe(`A parcel left with one ${sku}.`);
    }
    expect((await stands())?.status).toBe("completed");
    await expect(board.post(["orders", orderId, "ship_one"])).rejects.toThrow(/Look at the page/);
    const { sentence } = await board.post(["orders", orderId, "take_one_back"]);
    expect(sentence).toBe("One MUG-BLUE came back.");
  });

  test("is nobody's who has not its token", async () => {
    const { origin } = new URL(world.switchboard?.url ?? "");
    expect((await fetch(`${origin}/guessed/normal`, { method: "POST" })).status).toBe(404);
    await expect(switchboardAt(`${origin}/guessed`).read()).rejects.toThrow(/nothing here/);
  });
});
