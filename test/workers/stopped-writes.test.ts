import { expect, onTestFinished, test } from "vitest";
import { paymentQueue } from "../../src/queues/payment.ts";
import { paymentHandlers } from "../../src/workers/payment.ts";
import { watchInstallation } from "../../src/workers/watch-installation.ts";
import { whileOurs } from "../../src/workers/while-ours.ts";
import { waitFor } from "../support/wait-for.ts";
import { awaitingPayment, orderOf, payingMeans, paymentOf, work } from "./paying.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues();

test("lets payments wait while writes are stopped, without failures, and go on after", async () => {
  const means = await payingMeans(desk);
  const { db, gateway, ownership, log, hints, standIns } = means;
  const watch = watchInstallation({ db, log, gateway, ownership, outdated: () => undefined });
  onTestFinished(() => watch.stop());
  await watch.mayWrite();
  const stop = (because: string | null) =>
    db.updateTable("installation").set({ stopped_because: because }).execute();
  await stop("Somebody must decide.");
  await waitFor("the stop to be seen", () =>
    watch.mayWrite().then(
      () => undefined,
      () => true,
    ),
  );

  const paying = await awaitingPayment(desk, "stopped");
  const handlers = paymentHandlers({ ...means, gateway: whileOurs(gateway, watch) });
  work(paymentQueue, handlers, desk);
  const nudge = async () => {
    const { version, round } = await paymentOf(desk, paying);
    const row = { id: paying.paymentId, version, round, order: null };
    hints.send([{ queue: "payment", kind: "start_payment", ...row }]);
  };
  await nudge();
  const waiting = await waitFor("the payment to be put off", async () => {
    const payment = await paymentOf(desk, paying);
    return payment.last_error ? payment : undefined;
  });
  expect(waiting).toMatchObject({ status: "created", round: 0, intent_id: null });
  expect(waiting.last_error).toContain("Somebody must decide.");
  expect(waiting.due_at?.getTime()).toBeGreaterThan(Date.now() + 20_000);
  expect(await orderOf(desk, paying.orderId)).toMatchObject({ attention: null });
  const counts = await standIns.read<Record<string, number>>("/counts");
  expect(Object.keys(counts).filter((route) => route.startsWith("POST /v1"))).toEqual([]);

  await stop(null);
  await waitFor("the payment to be started", async () => {
    await nudge();
    return (await paymentOf(desk, paying)).intent_id ?? undefined;
  });
});
