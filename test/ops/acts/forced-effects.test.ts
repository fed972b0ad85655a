import { describe, expect, test } from "vitest";
import { copiesAt } from "../../orders/operators/copies.ts";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import type { Placed } from "../../support/paying.ts";
import { outcomeOf, useActDesk } from "./desk.ts";

const { desk, act, seen, books } = useActDesk();
const { orderAt } = ordersAt(desk);
const { twins, payableTwins, standing } = copiesAt(desk);
const input = { to: "paid", reference: "till 7" };

async function effectsOf(order: Placed): Promise<string> {
  const answer = await act("set_status", order, { input, dryRun: true });
  return answer.kind === "planned" && answer.plan.possible ? answer.plan.effects.join(" ") : "";
}

describe("the dry run of an order that is taken as paid", () => {
  test("names money that did not match, which goes back", async () => {
    const review = await orderAt("under review");
    seen(books, review, { status: "captured", capturedMinor: 900 });
    expect(await effectsOf(review)).toContain("£9.00 that came and does not match goes back");
    expect(await outcomeOf(act("set_status", review, { input }))).toBe("done");
    expect(await desk.refundsOf(review)).toMatchObject([
      { amount_minor: 900, reason: "amount_mismatch", provider: "stripe" },
    ]);
  });

  test.each([twins, payableTwins])("names its copy, which is closed: %o", async (make) => {
    const { old, copy } = await make();
    seen(books, old, { status: "cancelled" });
    const { number } = await desk.orderOf(copy);
    expect(await effectsOf(old)).toContain(`The order ${number}, which has the same goods`);
    expect(await outcomeOf(act("set_status", old, { input }))).toBe("done");
    const { status, closing } = await standing(copy);
    expect([status, closing]).toContain("cancelled");
  });

  test("names neither where there is none", async () => {
    const paying = await orderAt("awaiting payment");
    seen(books, paying, { status: "needs_payment" });
    const effects = await effectsOf(paying);
    expect(effects).toContain("The order is paid, by other means");
    expect(effects).not.toMatch(/goes back|same goods/);
  });
});
