import { expect, test } from "vitest";
import { stockOf } from "../support/shop.ts";
import { useQueues } from "../workers/queue-desk.ts";
import { quickClocks, watchLateOrders } from "./late-orders.ts";
import { placeOrders, startCrew, untilStarted } from "./stripe-crew.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
const holdSeconds = 2;
const holdMaxSeconds = 4;
const capSeconds = 6;
const desk = useQueues({
  HOLD_MINUTES: holdSeconds / 60,
  HOLD_MAX_MINUTES: holdMaxSeconds / 60,
  PROCESSING_HOURS: `us_bank_account:${(capSeconds / 3_600).toFixed(6)},*:72`,
  ...quickClocks,
});
const watch = watchLateOrders(desk);
const { untilOrders, untilPayments, expectHeldFor, takeAway, allIsWell } = watch;
const { act, untilGivenBack, expectHonouredOrRefunded } = watch;
const each = full ? 100 : 20;
const bankDebit = "pm_usBankAccount_processing";

test("F27: a payment on its way at the deadline keeps its hold until its end", async () => {
  const crew = await startCrew(desk, Number.POSITIVE_INFINITY);
  const ids = await placeOrders(desk, "on its way", each);
  await untilStarted(desk, ids, 20_000);
  await act(crew, "pay", ids, bankDebit);
  await untilPayments(ids, "processing");
  await untilOrders(ids, "to be closing", ({ closing }) => closing === "expired");
  expect(await stockOf(desk.db, "on its way")).toMatchObject({ reserved: each });
  // Past the time for which stock is held for those of whom nothing is known.
  await watch.untilHeldFor(ids, holdMaxSeconds + 0.3);
  expect(await stockOf(desk.db, "on its way")).toMatchObject({ reserved: each });

  const [good, bad] = [ids.slice(0, each / 2), ids.slice(each / 2)];
  await act(crew, "pay", good);
  await act(crew, "decline", bad);
  const since = performance.now();
  await untilOrders(bad, "to expire", ({ status }) => status === "expired");
  const atOnceMs = 5_000;
  expect(performance.now() - since).toBeLessThan(atOnceMs);
  await untilOrders(good, "to be paid", ({ status }) => status === "paid");
  expect(await stockOf(desk.db, "on its way")).toMatchObject({ reserved: good.length });
  await allIsWell(crew, ids);
}, 60_000);

test("F27: a payment on its way beyond its cap loses its hold, and is settled late", async () => {
  const crew = await startCrew(desk, Number.POSITIVE_INFINITY);
  const kept = await placeOrders(desk, "too slow", each);
  const lost = await placeOrders(desk, "too slow, sold out", each);
  const ids = [...kept, ...lost];
  await untilStarted(desk, ids, 20_000);
  await act(crew, "pay", ids, bankDebit);
  await untilPayments(ids, "processing");
  await untilOrders(ids, "to expire", ({ status }) => status === "expired");
  await expectHeldFor(ids, "hold_expired", capSeconds);

  await takeAway("too slow, sold out", each);
  await act(crew, "pay", [...kept, ...lost]);
  await untilOrders(kept, "to be paid", ({ status }) => status === "paid");
  await untilGivenBack(lost);
  await expectHonouredOrRefunded(crew, kept, lost);
  await allIsWell(crew, ids);
}, 60_000);
