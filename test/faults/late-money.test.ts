import { describe, expect, test } from "vitest";
import { stockOf } from "../support/shop.ts";
import { useQueues } from "../workers/queue-desk.ts";
import { quickClocks, watchLateOrders } from "./late-orders.ts";
import { placeOrders, startCrew, untilStarted } from "./stripe-crew.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
/** Long enough that all of them are seen while they are closing, before the first is given up. */
const holdSeconds = full ? 6 : 3;
const holdMaxSeconds = full ? 18 : 7;
const desk = useQueues({
  HOLD_MINUTES: holdSeconds / 60,
  HOLD_MAX_MINUTES: holdMaxSeconds / 60,
  ...quickClocks,
});
const watch = watchLateOrders(desk);
const { untilOrders, untilPayments, expectHeldFor, takeAway, allIsWell } = watch;
const { act, cancelAll, untilGivenBack, expectHonouredOrRefunded } = watch;
const cancels = { service: "stripe", route: "POST /v1/payment_intents/:id/cancel" };
const each = full ? 100 : 24;
const late = full ? 60 : 20;
/** A Stripe that says nothing holds each of its processes' places up until the circuit opens. */
const timeoutMs = full ? 300_000 : 60_000;

describe("F27: the cancel at the hold's end gets no answer", () => {
  test.each([
    ["Stripe says nothing", { kind: "hang" }],
    ["Stripe can't be reached", { kind: "drop_before" }],
    ["Stripe answers 503", { kind: "status", status: 503 }],
  ])(
    "%s: stock is held until HOLD_MAX, and money after that is honoured or goes back",
    async (name, fault) => {
      const crew = await startCrew(desk, Number.POSITIVE_INFINITY);
      const [plenty, scarce] = [`plenty ${name}`, `scarce ${name}`];
      const kept = await placeOrders(desk, plenty, each);
      const lost = await placeOrders(desk, scarce, each);
      const ids = [...kept, ...lost];
      await untilStarted(desk, ids, 20_000);
      await crew.standIns.tell("/faults", { ...cancels, ...fault });
      await untilOrders(ids, "to be closing", ({ closing }) => closing === "expired");
      expect(await stockOf(desk.db, plenty)).toMatchObject({ reserved: each });
      await untilOrders(ids, "to expire", ({ status }) => status === "expired");
      await expectHeldFor(ids, "hold_expired", holdMaxSeconds);
      expect(await stockOf(desk.db, plenty)).toMatchObject({ reserved: 0 });

      await takeAway(scarce, each);
      await act(crew, "pay", [...kept.slice(0, late), ...lost.slice(0, late)]);
      await untilOrders(kept.slice(0, late), "to be paid", (order) => order.status === "paid");
      await fetch(`${crew.standIns.url}/_sandbox/faults`, { method: "DELETE" });
      await untilGivenBack(lost.slice(0, late));
      await untilPayments([...kept.slice(late), ...lost.slice(late)], "cancelled");
      await expectHonouredOrRefunded(crew, kept.slice(0, late), lost.slice(0, late));
      await allIsWell(crew, ids);
    },
    timeoutMs,
  );
});

test(
  "F27: money for orders that customers had cancelled is honoured or goes back",
  async () => {
    const crew = await startCrew(desk, Number.POSITIVE_INFINITY);
    const kept = await placeOrders(desk, "changed my mind", each);
    const lost = await placeOrders(desk, "changed my mind, sold out", each);
    const ids = [...kept, ...lost];
    await untilStarted(desk, ids, 20_000);
    await crew.standIns.tell("/faults", { ...cancels, kind: "hang" });
    await cancelAll(ids);
    await untilOrders(ids, "to be closing", ({ closing }) => closing === "cancelled");
    await untilOrders(ids, "to be cancelled", ({ status }) => status === "cancelled");
    await expectHeldFor(ids, "cancelled", holdMaxSeconds);

    await takeAway("changed my mind, sold out", each);
    await act(crew, "pay", [...kept, ...lost]);
    await untilOrders(kept, "to be paid", ({ status }) => status === "paid");
    await fetch(`${crew.standIns.url}/_sandbox/faults`, { method: "DELETE" });
    await untilGivenBack(lost);
    await expectHonouredOrRefunded(crew, kept, lost);
    await allIsWell(crew, ids);
  },
  timeoutMs,
);
