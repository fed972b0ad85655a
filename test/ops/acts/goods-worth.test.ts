import { sql } from "kysely";
import { expect, test } from "vitest";
import { checkInvariants } from "../../../src/invariants/check-invariants.ts";
import { money } from "../../../src/invariants/money.ts";
import { seenRefund } from "../../support/money-back.ts";
import type { Paying } from "../../support/paying.ts";
import { shippingAt } from "../../support/shipping.ts";
import { outcomeOf, useActDesk } from "./desk.ts";

const { desk, act } = useActDesk();
const shipping = shippingAt(desk);
const half = { kind: "discount", name: "Half price", amountMinor: -501 } as const;
const post = { kind: "shipping", name: "Post", amountMinor: 400 } as const;

/** Two pieces at 5.00 for 4.99, and the post. */
async function sold(): Promise<Paying> {
  const order = await desk.payable({ adjustments: [half, post] });
  await desk.apply(order, { status: "captured", amountMinor: 899, capturedMinor: 899 });
  return order;
}

async function plannedFor(name: "refund" | "cancel", order: Paying, input: object) {
  const answer = await act(name, order, { input, dryRun: true });
  if (answer.kind === "done") throw new Error("It was no dry run.");
  const { plan } = answer;
  return plan.possible ? plan.effects.join(" ") : `${plan.code}: ${plan.because}`;
}

/** Stripe says that the order's last refund did not reach its customer. */
async function failLast(order: Paying): Promise<void> {
  const refund = (await desk.refundsOf(order)).at(-1);
  const { id: refundId = "", amount_minor: amountMinor = 0 } = refund ?? {};
  await desk.look(order, seenRefund({ refundId, amountMinor, status: "failed" }));
}

test("a refund by lines does what its dry run said that the goods are worth", async () => {
  const order = await sold();
  const one = { reason: "damaged", lines: [{ sku: order.sku, quantity: 1 }] };
  expect(await plannedFor("refund", order, one)).toContain("£2.49 of £8.99");
  await act("refund", order, { input: one });
  expect(await plannedFor("refund", order, one)).toContain("£2.50 of £6.50");
  await act("refund", order, { input: one });
  expect(await desk.amountsOf(order)).toEqual([249, 250]);
  expect(await plannedFor("refund", order, one)).toMatch(/^refund_too_large: .*Only 0 of/);
  expect(await outcomeOf(act("refund", order, { input: one }))).toBe("refund_too_large");
});

test("the rest of an order that ships is cancelled for what its dry run said", async () => {
  const order = await sold();
  await shipping.ship(order, 1);
  expect(await plannedFor("cancel", order, { refund: "full" })).toContain("£2.49 goes back");
  await act("cancel", order, { input: { refund: "full" } });
  expect(await desk.amountsOf(order)).toEqual([249]);
});

test("and where the money for it went back before, the dry run says that, too", async () => {
  const order = await sold();
  await shipping.ship(order, 1);
  await desk.ask(order, { lines: [{ sku: order.sku, quantity: 2 }] });
  expect(await plannedFor("cancel", order, { refund: "full" })).toContain("went back before");
  await act("cancel", order, { input: { refund: "full" } });
  expect(await desk.amountsOf(order)).toEqual([499]);
});

test("an order is cancelled without what was kept before, as its dry run said", async () => {
  const order = await sold();
  await shipping.cancel(order, 1, "none");
  const plan = await plannedFor("cancel", order, { refund: "full" });
  expect(plan).toContain("£6.49 goes back; what was kept");
  await act("cancel", order, { input: { refund: "full" } });
  expect(await desk.amountsOf(order)).toEqual([649]);
  expect(await outcomeOf(act("settle", order))).toBe("done");
});

test("what was refunded for such goods as an amount is not kept again", async () => {
  const order = await sold();
  await shipping.cancel(order, 1, "none");
  await desk.refund(order, 200);
  const plan = await plannedFor("cancel", order, { refund: "full" });
  expect(plan).toContain("£6.49 goes back; what was kept");
  await act("cancel", order, { input: { refund: "full" } });
  expect(await desk.amountsOf(order)).toEqual([200, 649]);
});

test("a promised refund that failed goes back with the order, or stays a problem", async () => {
  const order = await sold();
  await shipping.cancel(order, 1, "full");
  await failLast(order);
  expect(await plannedFor("cancel", order, { refund: "full" })).toContain("£8.99 goes back.");
  await act("cancel", order, { input: { refund: "full" } });
  expect(await desk.amountsOf(order)).toEqual([249, 899]);
  await failLast(order);
  expect(await outcomeOf(act("settle", order))).toBe("money_owed");
});

test("nobody takes money for kept where no goods were cancelled without theirs", async () => {
  const order = await sold();
  await shipping.cancel(order, 1, "none");
  await shipping.cancel(order, 1, "full");
  const keeps = (isKept: boolean) =>
    sql`UPDATE line_cancellations SET keeps_money = ${isKept}
      WHERE order_id = ${order.orderId}`.execute(desk.db);
  await keeps(false);
  expect(await outcomeOf(act("settle", order))).toBe("money_owed");
  const broken = await checkInvariants(desk.db, money({ patienceSeconds: 120 }));
  const names = broken.filter(({ rows }) => rows.some((row) => row["order_id"] === order.orderId));
  expect(names.map(({ name }) => name)).toEqual(["captured_money_is_known"]);
  await keeps(true);
  expect(await outcomeOf(act("settle", order))).toBe("done");
});
