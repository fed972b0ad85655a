import { expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { failRefunds } from "../../../src/orders/refunds/fail-refunds.ts";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import { captured } from "../../support/paying.ts";
import { outcomeOf, useActDesk } from "./desk.ts";

const { desk, act } = useActDesk();
const { orderAt } = ordersAt(desk);

const damaged = { input: { reason: "damaged" } };
const force = { input: { to: "paid", reference: "till 7" } };

test("money that came elsewhere goes back elsewhere, on record, and the plan says so", async () => {
  const order = await orderAt("awaiting payment");
  await act("set_status", order, force);
  const full = { input: { refund: "full" } };
  expect(await outcomeOf(act("cancel", order, full))).toBe("paid_elsewhere");
  expect(await outcomeOf(act("cancel", order, { ...full, dryRun: true }))).toBe("paid_elsewhere");
  expect(await act("refund", order, { ...damaged, dryRun: true })).toMatchObject({
    plan: {
      possible: true,
      effects: [expect.stringContaining("see its reference"), expect.any(String)],
    },
  });
  expect(await act("refund", order, damaged)).toMatchObject({
    sentence: expect.stringContaining("Stripe is not asked"),
  });
  expect(await desk.ledgerOf(order)).toEqual({ external: 0, sales: 0 });
  expect(await outcomeOf(act("refund", order, damaged))).toBe("nothing_left_to_refund");
  expect(await outcomeOf(act("cancel", order, full))).toBe("done");
});

test("what Stripe can still give back is refunded before what it never had", async () => {
  const paying = await orderAt("awaiting payment");
  await desk.apply(paying, { ...captured, capturedMinor: 900 });
  await act("set_status", paying, force);
  const [own] = await desk.refundsOf(paying);
  const failures = [{ refundId: own?.id ?? "", reason: "refused" }];
  await inTransaction(desk.db, (trx) => failRefunds(trx, desk.settings, failures));
  expect(await act("refund", paying, { ...damaged, dryRun: true })).toMatchObject({
    plan: { effects: [expect.stringContaining("£9.00 of £9.00"), expect.any(String)] },
  });
  await act("refund", paying, damaged);
  expect((await desk.refundsOf(paying)).at(-1)).toMatchObject({
    ...{ provider: "stripe", payment_id: paying.paymentId, amount_minor: 900 },
  });
});
