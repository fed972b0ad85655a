import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { findOrder } from "../../src/orders/find-order.ts";
import { paymentQueue } from "../../src/queues/payment.ts";
import { tableOf, type WaitingTable } from "../../src/queues/waiting-rows.ts";
import { paymentHandlers } from "../../src/workers/payment.ts";
import { sweepDue } from "../../src/workers/sweep.ts";
import { stockOf } from "../support/shop.ts";
import { waitFor } from "../support/wait-for.ts";
import { awaitingPayment, orderOf, payingMeans, untilPaymentIs, work } from "./paying.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues({ QUICK_RETRY_SECONDS: 0.02 });

/** An order that can be paid, and one for which Stripe was never asked; both holds are over. */
async function overdueOrders(sku: string) {
  const means = await payingMeans(desk);
  work(paymentQueue, paymentHandlers(means), desk);
  const payable = await awaitingPayment(desk, `${sku}-payable`);
  const hint = { id: payable.paymentId, version: 1, round: 0, order: null };
  desk.hints.send([{ queue: "payment", kind: "start_payment", ...hint }]);
  await untilPaymentIs(desk, payable, "pending");
  const unasked = await awaitingPayment(desk, `${sku}-unasked`);
  const ids = [payable.orderId, unasked.orderId];
  await sql`UPDATE orders SET expires_at = now() - interval '1 second', due_at = now()
    WHERE id = ANY(${ids}::uuid[])`.execute(desk.db);
  const end = { service: "stripe", route: "POST /v1/payment_intents/:id/cancel" };
  return {
    means,
    payable,
    unasked,
    fail: () => means.standIns.tell("/faults", { ...end, ...down }),
  };
}

const down = { kind: "status", status: 503 };

function untilOrderIs(id: string, status: string) {
  return waitFor(`the order to be ${status}`, async () => {
    const order = await orderOf(desk, id);
    return order.status === status ? order : undefined;
  });
}

describe("an order whose hold is over", () => {
  test("expires by its bucket's job: the intent is cancelled, then the stock is free", async () => {
    const { means, payable, unasked } = await overdueOrders("bucket");
    await desk.hints.queue("payment").add("expire", { bucket: 1 }, { attempts: 3 });
    for (const { orderId } of [payable, unasked]) await untilOrderIs(orderId, "expired");
    type Ledger = { intents: { status: string }[] };
    const { intents } = await means.standIns.read<Ledger>("/stripe/ledger");
    expect(intents.map(({ status }) => status)).toEqual(["canceled"]);
    expect(await stockOf(desk.db, "bucket-payable")).toMatchObject({ reserved: 0 });
    expect(await stockOf(desk.db, "bucket-unasked")).toMatchObject({ reserved: 0 });
  });

  test("expires by the sweeper when Redis has lost the bucket", async () => {
    const { payable, unasked } = await overdueOrders("swept");
    await sweepDue(desk, tableOf("close_order") as WaitingTable);
    for (const { orderId } of [payable, unasked]) await untilOrderIs(orderId, "expired");
  });

  test("keeps its stock while Stripe can't be asked, and nobody is given the secret", async () => {
    const { means, payable, fail } = await overdueOrders("unasked");
    await fail();
    await desk.hints.queue("payment").add("expire", { bucket: 2 }, { attempts: 3 });
    const order = await waitFor("the failure on record", async () => {
      const row = await orderOf(desk, payable.orderId);
      return row.last_error === null ? undefined : row;
    });
    expect(order).toMatchObject({ status: "awaiting_payment", closing: "expired", round: 1 });
    const shown = await findOrder(desk.db, payable.orderId);
    expect(shown?.payment).toMatchObject({ status: "pending", clientSecret: null });
    expect(await stockOf(desk.db, "unasked-payable")).toMatchObject({ reserved: 2 });

    await fetch(`${means.standIns.url}/_sandbox/faults`, { method: "DELETE" });
    await sql`UPDATE orders SET due_at = now() WHERE id = ${payable.orderId}`.execute(desk.db);
    await sweepDue(desk, tableOf("close_order") as WaitingTable);
    await untilOrderIs(payable.orderId, "expired");
    expect(await stockOf(desk.db, "unasked-payable")).toMatchObject({ reserved: 0 });
  });

  test("is paid, not expired, when the customer was quicker than the clock", async () => {
    const { means, payable } = await overdueOrders("quicker");
    const { intent_id: intentId } = await untilPaymentIs(desk, payable, "pending");
    await means.standIns.tell(`/stripe/intents/${intentId}/pay`);
    await desk.hints.queue("payment").add("expire", { bucket: 3 }, { attempts: 3 });
    await untilOrderIs(payable.orderId, "paid");
  });
});
