import { describe, expect, test } from "vitest";
import { newSecret, secretSafe } from "../../src/webhooks/secrets.ts";
import { deliveryHandlers, mostCalls } from "../../src/workers/deliver.ts";
import { contactKey, openShop } from "../support/shop.ts";
import { waitFor } from "../support/wait-for.ts";
import { addEndpoint, deliveriesOf, placeOne } from "./endpoint-desk.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues();
const context = { signal: new AbortController().signal, jobId: "job" };

/** Shops with twenty endpoints each, and the first event's deliveries of so many orders. */
async function waiting(shops: number, orders: number): Promise<string[]> {
  const found = Array.from({ length: shops }, async () => {
    const shop = await openShop(desk.db);
    const endpoints = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        addEndpoint(desk, shop.id, `https://e${n}.example/`, {}, newSecret()),
      ),
    );
    for (let order = 0; order < orders; order++) await placeOne(desk, { shop });
    const told = await Promise.all(
      endpoints.map(({ endpointId }) => deliveriesOf(desk, endpointId)),
    );
    return told.flat().flatMap(({ id, seq }) => (seq === 1 ? [id] : []));
  });
  return (await Promise.all(found)).flat();
}

/** A worker whose calls end when the gate is opened. */
function gated() {
  let asked = 0;
  const gate = Promise.withResolvers<void>();
  const post = async () => {
    asked++;
    await gate.promise;
    return { status: 200, retryAfter: null, excerpt: "" };
  };
  const handlers = deliveryHandlers({ ...desk, secrets: secretSafe([contactKey]), post });
  const deliver = (id: string) =>
    handlers
      .deliver({ id, version: 1, order: null }, context)
      .then(() => "told")
      .catch(({ code }) => String(code));
  return { deliver, asked: () => asked, open: gate.resolve };
}

describe("a process", () => {
  test("makes so many calls to endpoints at once, however many ask together", async () => {
    const ids = await waiting(3, 8);
    expect(ids).toHaveLength(480);
    const { deliver, asked, open } = gated();
    const outcomes = ids.map(deliver);
    await waitFor("the calls", () => asked() === mostCalls);
    open();
    const said = Object.groupBy(await Promise.all(outcomes), (each) => each);
    expect(said["told"]).toHaveLength(mostCalls);
    expect(said["webhooks_busy"]).toHaveLength(480 - mostCalls);
    expect(asked()).toBe(mostCalls);
  });

  test("tells other shops while all endpoints of one are as slow as they may be", async () => {
    const slow = await waiting(1, 9);
    const [quick = ""] = await waiting(1, 1);
    const { deliver, asked, open } = gated();
    const held = slow.map(deliver);
    // What an endpoint has no place for is parked.
    await waitFor("the calls", () => asked() === 160);
    const told = deliver(quick);
    await waitFor("the other shop's call", () => asked() === 161);
    open();
    expect(await Promise.all([told, ...held])).not.toContain("webhooks_busy");
  });
});
