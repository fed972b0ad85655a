import { expect, test } from "vitest";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import { captured } from "../../support/paying.ts";
import { outcomeOf, useActDesk } from "./desk.ts";

const { desk, act } = useActDesk();
const { orderAt } = ordersAt(desk);

const damaged = { input: { reason: "damaged" } };
const force = { input: { to: "paid", reference: "till 7" } };

test("money that came elsewhere goes back elsewhere, and the plan says so", async () => {
  const order = await orderAt("awaiting payment");
  await act("set_status", order, force);
  expect(await outcomeOf(act("refund", order, { ...damaged, dryRun: true }))).toBe(
    "paid_elsewhere",
  );
  expect(await outcomeOf(act("refund", order, damaged))).toBe("paid_elsewhere");
  const full = { input: { refund: "full" } };
  expect(await outcomeOf(act("cancel", order, full))).toBe("paid_elsewhere");
  expect(await outcomeOf(act("cancel", order, { input: { refund: "none" } }))).toBe("done");
});

test("what Stripe can still give back is refunded before what it never had", async () => {
  const paying = await orderAt("awaiting payment");
  await desk.apply(paying, { ...captured, capturedMinor: 900 });
  await act("set_status", paying, force);
  const dry = await act("refund", paying, { ...damaged, dryRun: true });
  const done = await outcomeOf(act("refund", paying, damaged));
  // Either Aurora gave the odd payment back by itself, or the operator does: the plan knows.
  expect(dry).toMatchObject({ plan: { possible: done === "done" } });
  const back = (await desk.refundsOf(paying)).reduce((sum, one) => sum + one.amount_minor, 0);
  expect(back).toBe(900);
});
