import { describe, expect, test } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import {
  clockRings,
  deliveriesOf,
  listeningShop,
  placeOne,
  sweep,
  tellingWorker,
  untilEndpointIs,
} from "./endpoint-desk.ts";
import { useQueues } from "./queue-desk.ts";
import { startReceiver } from "./receiver.ts";

const desk = useQueues({
  WEBHOOK_TIMEOUT_SECONDS: 0.3,
  WEBHOOK_RETRY_SECONDS: "600",
  WEBHOOK_PROBE_SECONDS: "600",
  LEASE_SECONDS: 0.01,
});

describe("a receiver that refuses what tells of some orders", () => {
  test("hears of all the others", async () => {
    const refused = new Set<string>();
    const receiver = await startReceiver((response, { body }) => {
      response.writeHead(refused.has(JSON.parse(body).orderId) ? 422 : 204).end();
    });
    tellingWorker(desk);
    const listening = await listeningShop(desk, receiver.url);
    const { endpointId } = listening;
    for (let orders = 0; orders < 3; orders++) refused.add(await placeOne(desk, listening));
    await sweep(desk);
    await untilEndpointIs(desk, endpointId, "failing");
    const taken = [await placeOne(desk, listening), await placeOne(desk, listening)];
    // Each ring asks with one that was not tried so often: the others are heard in a few.
    const heard = await waitFor("the others to be heard", async () => {
      await clockRings(desk, endpointId);
      const rows = await deliveriesOf(desk, endpointId);
      const delivered = rows.filter(({ status }) => status === "delivered");
      return delivered.length === 2 * taken.length ? delivered : undefined;
    });
    expect(new Set(heard.map(({ order_id }) => order_id))).toEqual(new Set(taken));
  });
});
