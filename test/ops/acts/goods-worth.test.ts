import { expect, test } from "vitest";
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
