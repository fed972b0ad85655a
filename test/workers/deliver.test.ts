import { describe, expect, test } from "vitest";
import {
  addEndpoint,
  clockRings,
  deliveriesOf,
  endpointOf,
  listeningShop,
  placeOne,
  remarkOn,
  sweep,
  tellingWorker,
  untilDelivered,
  untilDeliveries,
  untilEndpointIs,
  verified,
} from "./endpoint-desk.ts";
import { useQueues } from "./queue-desk.ts";
import { startReceiver } from "./receiver.ts";

const desk = useQueues({
  WEBHOOK_TIMEOUT_SECONDS: 0.3,
  WEBHOOK_RETRY_SECONDS: "600",
  WEBHOOK_PROBE_SECONDS: "600",
  LEASE_SECONDS: 0.01,
});

describe("a webhook out", () => {
  test("tells of every event, signed, once and in order", async () => {
    const receiver = await startReceiver();
    tellingWorker(desk);
    const listening = await listeningShop(desk, receiver.url);
    const orderId = await placeOne(desk, listening);
    await remarkOn(desk, orderId, "settled", "operator_acted");
    await sweep(desk);
    await untilDelivered(desk, listening.endpointId, 4);
    expect(receiver.events().map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(receiver.told.map((each) => verified(each, listening.secret))).toEqual(
      receiver.events(),
    );
    expect(receiver.told.map(({ headers }) => headers["webhook-id"])).toEqual(
      [1, 2, 3, 4].map((seq) => `${orderId}-${seq}`),
    );
    expect(receiver.events()[0]).toMatchObject({ type: "order.placed", orderId, status: "draft" });
  });

  test("tells only of the events that were asked for", async () => {
    const receiver = await startReceiver();
    tellingWorker(desk);
    const listening = await listeningShop(desk, receiver.url, { eventTypes: ["checked_out"] });
    await placeOne(desk, listening);
    await sweep(desk);
    await untilDelivered(desk, listening.endpointId, 1);
    expect(await deliveriesOf(desk, listening.endpointId)).toHaveLength(1);
    expect(receiver.events()).toMatchObject([{ seq: 2, type: "order.checked_out" }]);
  });

  test("is tried again after a refusal, and later ones pass it then", async () => {
    const receiver = await startReceiver();
    receiver.answersStatus(422, {}, "no such customer: ann@shop.example");
    tellingWorker(desk);
    const listening = await listeningShop(desk, receiver.url);
    const orderId = await placeOne(desk, listening);
    await sweep(desk);
    const [first] = await untilDeliveries(desk, listening.endpointId, "two tries", (rows) =>
      rows.every(({ tries, status }) => tries === 1 && status === "pending"),
    );
    expect(first).toMatchObject({ http_status: 422, reason: "It answered 422." });
    receiver.answersWell();
    await remarkOn(desk, orderId, "settled");
    await sweep(desk);
    await untilDelivered(desk, listening.endpointId, 1);
    expect(receiver.events().map(({ seq }) => seq)).toEqual([1, 2, 3]);
    await clockRings(desk, listening.endpointId);
    await untilDelivered(desk, listening.endpointId, 3);
    const attempts = await desk.db
      .selectFrom("webhook_attempts")
      .selectAll()
      .where("delivery_id", "=", first?.id ?? "")
      .orderBy("nr")
      .execute();
    expect(attempts).toMatchObject([
      { nr: 1, http_status: 422, answer: "no such customer: (address)" },
      { nr: 2, http_status: 204, reason: null, answer: null },
    ]);
  });

  test("to one that failed five times goes one at a time, until it succeeds", async () => {
    const receiver = await startReceiver();
    receiver.answersStatus(503);
    tellingWorker(desk);
    const listening = await listeningShop(desk, receiver.url);
    const { endpointId } = listening;
    for (let orders = 0; orders < 3; orders++) await placeOne(desk, listening);
    await sweep(desk);
    await untilEndpointIs(desk, endpointId, "failing");
    await untilDeliveries(desk, endpointId, "all to rest", (rows) =>
      rows.every(({ status }) => status !== "sending"),
    );
    const before = receiver.told.length;
    await placeOne(desk, listening);
    expect((await deliveriesOf(desk, endpointId)).slice(-2)).toMatchObject([
      { status: "parked", tries: 0 },
      { status: "parked", tries: 0 },
    ]);
    await clockRings(desk, endpointId);
    await receiver.untilTold(before + 1);
    await untilDeliveries(desk, endpointId, "all to be parked", (rows) =>
      rows.every(({ status }) => status === "parked"),
    );
    expect(receiver.told.length).toBe(before + 1);
    receiver.answersWell();
    await clockRings(desk, endpointId);
    await untilDelivered(desk, endpointId, 8);
    expect(await endpointOf(desk, endpointId)).toMatchObject({
      status: "enabled",
      failures: 0,
      down_since: null,
    });
  });

  test("to a slow endpoint takes nobody's place: another is told meanwhile", async () => {
    const slow = await startReceiver(() => undefined);
    const quick = await startReceiver();
    tellingWorker(desk);
    const listening = await listeningShop(desk, slow.url);
    const other = await addEndpoint(desk, listening.shop.id, quick.url);
    for (let orders = 0; orders < 20; orders++) await placeOne(desk, listening);
    await sweep(desk);
    await untilDelivered(desk, other.endpointId, 40);
    const places = desk.settings.WEBHOOK_CONCURRENCY;
    expect(slow.told.length).toBeLessThanOrEqual(2 * places);
    await untilEndpointIs(desk, listening.endpointId, "failing");
  });
});
